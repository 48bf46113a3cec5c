import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "../../provider/src");

/** Names that the package exports. */
function exportedNames(): Set<string> {
  const text = readFileSync(join(SOURCES, "index.ts"), "utf8");
  return new Set(
    [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = ""]) =>
      names.split(",").map((name) => name.replace("type ", "").trim()),
    ),
  );
}

/** Exported things, and their public members, that an editor has nothing to say about. */
function listUndocumented(): string[] {
  const names = exportedNames();
  const folders = ["resources", "assets"].map((folder) => join(SOURCES, folder));
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
  );
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    return source.statements.flatMap((statement) => {
      if (
        !ts.isClassDeclaration(statement) &&
        !ts.isInterfaceDeclaration(statement) &&
        !ts.isTypeAliasDeclaration(statement)
      )
        return [];
      if (statement.name === undefined || !names.has(statement.name.text)) return [];
      const members = ts.isTypeAliasDeclaration(statement) ? [] : [...statement.members].filter(isPublic);
      const parent = statement.name.text;
      return [statement, ...members]
        .filter((node) => ts.getJSDocCommentsAndTags(node).length === 0)
        .map((node) => [parent, nameOf(node)].join("."));
    });
  });
}

/** Constructors are told by their class and its arguments. */
function isPublic(member: ts.Node): boolean {
  if (ts.isConstructorDeclaration(member) || ts.isIndexSignatureDeclaration(member)) return false;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(member as ts.Declaration) & hidden) === 0;
}

function nameOf(node: ts.Node): string {
  const { name } = node as ts.NamedDeclaration;
  return name?.getText() ?? "";
}

it("everything that the package exports tells in the editor what it is", () => {
  expect(exportedNames().size).toBeGreaterThan(10);
  expect(listUndocumented()).toEqual([]);
});
