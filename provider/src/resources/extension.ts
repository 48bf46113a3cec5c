import { resolve } from "node:path";
import { readBundle } from "../extensions/read-bundle";
import { findSource } from "./extension-bundles";
import { EXTENSION_TYPE, ExtensionResource } from "./extension-resource";
import { ProgramExtensions, propertiesOf, type RegisteredExtension } from "./program-extensions";
import * as pulumi from "./pulumi";

/** Arguments of {@link Extension}. */
export interface ExtensionArgs {
  /** A `.supx`, or a development folder that has `dist/`; relative to the program. */
  readonly bundle: string;
}

/**
 * An extension of Superset, from one bundle. Where it goes, and how, say the settings `superset:extensions`.
 *
 * @example
 * const hello = new Extension("hello", { bundle: "extensions/acme.hello-1.2.0.supx" });
 * export const restartRequired = hello.restartRequired;
 */
export class Extension extends ExtensionResource {
  constructor(name: string, { bundle }: ExtensionArgs, options: pulumi.CustomResourceOptions = {}) {
    const planned = ProgramExtensions.ofProgram()
      .add({
        name,
        read: async () => {
          const reading = await readBundle(await findSource(resolve(bundle), bundle));
          return { bundles: reading.bundle === undefined ? [] : [reading.bundle], findings: reading.findings };
        },
      })
      .then(([own]) => {
        if (own === undefined) throw new Error(`bug: no plan for ${name}`);
        return own;
      });
    planned.catch(() => undefined);
    super(name, planned.then(propertiesOf), {
      ...options,
      aliases: [...(options.aliases ?? []), findAlias(planned, name, options.parent)],
    });
  }
}

/** The resource that the state has for the extension, under another name or in another place. Else its own URN. */
function findAlias(
  planned: Promise<RegisteredExtension>,
  name: string,
  parent: pulumi.Resource | undefined,
): pulumi.Output<string> {
  const own = pulumi.createUrn(name, EXTENSION_TYPE, parent);
  return pulumi.all([own, planned.then(({ alias }) => alias)]).apply(([urn, alias]) => alias ?? urn);
}
