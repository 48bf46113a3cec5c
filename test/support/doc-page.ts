import { readFileSync } from "node:fs";

/** A page of the documentation whose blocks of code are written anew, one after the other. */
export class DocPage {
  private position = 0;
  text: string;

  /** @param makeStable takes out of a block what differs from run to run */
  constructor(
    file: string,
    private readonly makeStable: (text: string) => string,
  ) {
    this.text = readFileSync(file, "utf8");
  }

  /** Puts content into the next block of a language. */
  fill(language: string, content: string): void {
    // Comments have blocks of their own inside.
    const fence = language === "markdown" ? "````" : "```";
    const start = this.text.indexOf(`\n${fence}${language}\n`, this.position);
    const end = this.text.indexOf(`\n${fence}\n`, start + 1);
    if (start === -1 || end === -1) throw new Error(`There is no block for:\n${content}`);
    const block = `\n${fence}${language}\n${this.makeStable(content)}`;
    this.text = `${this.text.slice(0, start)}${block}${this.text.slice(end)}`;
    this.position = start + block.length;
  }
}
