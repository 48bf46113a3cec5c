import { resolve } from "node:path";
import { readExtensions } from "../extensions/read-extensions";
import { ExtensionResource } from "./extension-resource";
import { EXTENSIONS_TYPE, ProgramExtensions, propertiesOf, type RegisteredExtension } from "./program-extensions";
import * as pulumi from "./pulumi";

/** Arguments of {@link SupersetExtensions}. */
export interface SupersetExtensionsArgs {
  /** Folder of the bundles, relative to the program. Default: `folder` of the setting `superset:extensions`. */
  readonly folder?: string;
}

/**
 * A folder of extensions, each one resource: `.supx` files, and development folders that have `dist/`. All of them are
 * read and checked before the first one is delivered: if anything cannot be done, nothing is.
 *
 * @example
 * const extensions = new SupersetExtensions("extensions");
 * export const restartRequired = extensions.restartRequired;
 */
export class SupersetExtensions extends pulumi.ComponentResource {
  /** The resources in the order of their ids, once the folder is planned. */
  readonly resources: Promise<readonly ExtensionResource[]>;
  /** Ids of the extensions for which Superset has to be started again, as far as this stack knows. */
  readonly restartRequired: pulumi.Output<string[]>;

  constructor(name: string, args: SupersetExtensionsArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    super(EXTENSIONS_TYPE, name, {}, options);
    const program = ProgramExtensions.ofProgram();
    const planned = program.add({
      read: (settings) => readExtensions(resolve(args.folder ?? settings.folder)),
      host: this,
    });
    this.resources = planned.then((own) => own.map((extension) => this.register(extension)));
    this.resources.catch(() => undefined);
    this.restartRequired = pulumi.output(
      this.resources.then((resources) =>
        pulumi
          .all(resources.map(({ extension, restartRequired }) => pulumi.all([extension, restartRequired])))
          .apply((all) => all.flatMap(([id, isRequired]) => (isRequired ? [id] : []))),
      ),
    );
    this.registerOutputs();
  }

  private register(planned: RegisteredExtension): ExtensionResource {
    const { alias, isProtected } = planned;
    return new ExtensionResource(planned.plan.declared.extension, propertiesOf(planned), {
      parent: this,
      // Where no glob protects it, the option of the folder does, if that is set.
      ...(isProtected && { protect: true }),
      ...(alias !== undefined && { aliases: [alias] }),
    });
  }
}
