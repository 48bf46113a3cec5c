import fc from "fast-check";
import { lexer, type Token } from "marked";
import { describe, expect, it } from "vitest";
import { type CommentFacts, formatComment } from "../../provider/src/cli/showtime/comment-text";
import { HEAD, OLD } from "./showtime-support";

const RUNNING: CommentFacts = {
  pullRequest: 7,
  repositoryUrl: "https://github.com/shop/superset",
  state: "running",
  environment: {
    commit: HEAD,
    url: "http://52.1.2.3:8080",
    expires: new Date("2024-01-17T14:30:00Z"),
    timeToLive: "48h",
    requester: "maxime",
    size: "small",
    flags: { ALERTS: true, TAGS: false },
    assets: true,
  },
  runUrl: "https://github.com/shop/superset/actions/runs/1",
};

describe("the comment", () => {
  it("tells where the environment is, of which commit, how long, and how to stop it", () => {
    expect(formatComment(RUNNING)).toBe(`### 🎪 Ephemeral environment: running

- **Address:** <http://52.1.2.3:8080/>
- **Commit:** [\`def456a\`](https://github.com/shop/superset/commit/${HEAD})
- **Expires:** 2024-01-17 14:30 UTC (lives 2 days)
- **Requested by:** \`maxime\`
- **Size:** \`small\`
- **Feature flags:** \`ALERTS\` on, \`TAGS\` off
- **Assets:** those of the branch are in it

To log in: \`pulumi-superset showtime login 7\` shows the user and the password to those who may read them.
To stop it, set the label \`🎪 🛑 showtime-trigger-stop\`.

[Log of the run](https://github.com/shop/superset/actions/runs/1)
`);
  });

  it("tells that it lives until the pull request is closed, and what is made next to it", () => {
    const environment = {
      ...RUNNING.environment,
      expires: undefined,
      timeToLive: "close",
    } as CommentFacts["environment"];
    const text = formatComment({ ...RUNNING, environment, next: OLD });
    expect(text).toContain("**Expires:** when the pull request is closed");
    expect(text).toContain("**Made next to it:** [`abc123f`]");
  });

  it("tells why it failed, whole, and that the old one still runs", () => {
    const failure = "The container stopped 3 times.\n  why: ModuleNotFoundError: superset_config\n```\n@everyone";
    const text = formatComment({ ...RUNNING, failure, notes: ["the time to live is cut from 1w to 48h"] });
    expect(text).toContain(`\`\`\`\`text\n${failure}\n\`\`\`\``);
    expect(text).toContain("- `the time to live is cut from 1w to 48h`");
    expect(text).toContain("http://52.1.2.3:8080");
  });

  it("tells that it is gone, why, and how to start again: no address any more", () => {
    const text = formatComment({ ...RUNNING, state: "removed", reason: "it expired 2024-01-17 14:30 UTC" });
    expect(text).toContain("Ephemeral environment: removed");
    expect(text).toContain("Why: `it expired 2024-01-17 14:30 UTC`");
    expect(text).toContain("`🎪 ⚡ showtime-trigger-start`");
    expect(text).not.toMatch(/52\.1\.2\.3|showtime login|trigger-stop/);
  });

  it("stays within what GitHub takes", () => {
    const text = formatComment({ ...RUNNING, failure: "a line of a log\n".repeat(10_000) });
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain("**Cut here");
  });

  it("has no link but its own, and nothing that other people's words made", () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        "@everyone",
        "[x](http://evil.example)",
        "![x](http://evil.example)",
        "<img src=x onerror=alert(1)>",
        "`` ` ```",
        "\n```\n# x\n",
        "https://evil.example/)[x](y) `a`",
        "javascript:alert(1)",
      ),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const environment = {
          commit: one,
          url: other,
          expires: undefined,
          timeToLive: one,
          requester: one,
          size: other,
          flags: { [one]: true },
          assets: false,
        };
        const facts = {
          ...RUNNING,
          environment,
          next: other,
          failure: other,
          reason: one,
          notes: [one],
          runUrl: other,
        };
        const markup = listMarkup(lexer(formatComment(facts)));
        expect(markup.filter((kind) => !["list", "list_item", "link"].includes(kind))).toEqual([]);
      }),
    );
  });
});

/** What of a text is more than words. Links are counted: their addresses are checked by their shape. */
function listMarkup(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    const inner = [
      ...("tokens" in token && token.tokens ? listMarkup(token.tokens) : []),
      ...(token.type === "list" ? listMarkup(token.items) : []),
    ];
    const isPlain = ["paragraph", "text", "code", "codespan", "space", "strong", "heading", "escape"];
    if (isPlain.includes(token.type)) return inner;
    const isLink = token.type === "link" && /^https?:\/\/[^\s()<>`]+$/.test(token.href);
    return [token.type === "link" && !isLink ? `link to ${token.href}` : token.type, ...inner];
  });
}
