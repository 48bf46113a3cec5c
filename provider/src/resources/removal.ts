import type { RowLevelSecurityRule } from "../assets/access";
import { ProblemError } from "../core/errors";
import { formatOrphans } from "../plan/orphans";
import type { PlannedAsset } from "../plan/plan-assets";
import type { VanishedRule } from "../plan/rules";
import { assertUnprotected, formatDeleted, formatStaying, type VanishedAsset } from "../plan/vanished";
import { describeAsset } from "../settings/strategy";
import { planVanishedRules, registerKeptRules } from "./access-resources";
import { type DeletionPlan, planDeletions } from "./plan-deletions";
import type { PlannedDeletions } from "./plan-record";
import type { Planner } from "./planner";
import * as pulumi from "./pulumi";
import { registerKept } from "./register-folder";

/** The resource under which what is kept and what is deleted appears: a folder, if the program declares one. */
export interface RemovalHost {
  readonly name: string;
  readonly component?: pulumi.Resource;
}

/** Everything that a program declares in its first go. */
export interface ProgramContent {
  readonly planned: readonly PlannedAsset[];
  readonly rules: readonly RowLevelSecurityRule[];
}

/**
 * What the state or the server has and the program no longer declares, and what becomes of it. Judged once, for
 * everything that the program declares in one go: no part of it knows what the others declare.
 */
export class Removal {
  private constructor(
    /** Assets that the state has and the program does not declare. */
    readonly vanished: readonly VanishedAsset[],
    private readonly rules: readonly VanishedRule[],
    private readonly deletions: DeletionPlan,
    private readonly planner: Planner,
    private readonly host: RemovalHost,
  ) {}

  /**
   * Judges, and tells what stays and what goes.
   *
   * @throws ProblemError `delete/protected`, `delete/still-used`
   */
  static async plan({ planned, rules }: ProgramContent, planner: Planner, host: RemovalHost): Promise<Removal> {
    const vanished = await planner.findVanished(planned);
    assertUnprotected(vanished, planner.isProtected, pulumi.getStack());
    const deletions = await planDeletions(planned, vanished, planner);
    for (const text of [formatStaying(vanished), formatDeleted(vanished), formatOrphans(deletions.orphans)]) {
      if (text !== undefined) await pulumi.log.info(text, host.component);
    }
    const vanishedRules = await planVanishedRules(rules, planner, host.component);
    return new Removal(vanished, vanishedRules, deletions, planner, host);
  }

  /** What is deleted. */
  async deleted(): Promise<PlannedDeletions> {
    const { vanished, rules, deletions, planner } = this;
    return { vanished, rules, orphans: deletions.orphans, inventory: await planner.inventory() };
  }

  /** Registers what stays as it is. */
  registerKept(): void {
    registerKept(this.vanished, this.planner, this.host.component);
    registerKeptRules(this.rules, this.host.component);
  }

  /** Registers what is deleted without ever having been in the state, after all that is written. */
  registerOrphans(written: readonly pulumi.Resource[]): void {
    this.deletions.register(this.host.name, this.host.component, written);
  }

  /**
   * @throws ProblemError `assets/declared-late` where the program declares something only after it was judged to be gone
   */
  assertNoneLate({ planned, rules }: ProgramContent): void {
    const gone = new Set<unknown>([...this.vanished.map(({ known }) => known), ...this.deletions.orphans]);
    const late = planned.filter(({ known, object: { remote } }) => gone.has(known ?? remote) || gone.has(remote));
    const goneRules = new Set(this.rules.map(({ known }) => known.name));
    const names = [
      ...late.map(({ definition: { kind, title } }) => describeAsset(kind, title)),
      ...rules.filter(({ name }) => goneRules.has(name)).map(({ name }) => `rule "${name}"`),
    ];
    if (names.length === 0) return;
    throw new ProblemError({
      code: "assets/declared-late",
      summary: `The program declares ${names.join(", ")} only after the plan was made in which it counts as gone.`,
      why: "what a program declares after an await or inside apply() is unknown when it is decided what is deleted",
      remedy: "Declare all assets and folders before the first await, and outside of apply().",
      place: { stack: pulumi.getStack() },
      exitCode: 3,
    });
  }
}
