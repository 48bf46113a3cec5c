import { EXTENSION_KIND, type ExtensionErrand, type ExtensionInputs } from "../hooks/extension-state";
import { HOOKS_DOOR } from "./hooks-door";
import * as pulumi from "./pulumi";

/** Type token of an extension. It is part of every URN: never change it. */
export const EXTENSION_TYPE = "pulumi-nodejs:dynamic/superset:Extension";

/** What the resource sends to its hooks. What a kept one lacks only deliveries need. */
export type ExtensionProperties = Omit<ExtensionInputs, "kind" | "drift"> & Partial<ExtensionErrand>;

/** One extension on a target, as a Pulumi resource. */
export class ExtensionResource extends pulumi.CustomResource {
  /** `publisher.name`. */
  declare readonly extension: pulumi.Output<string>;
  /** Of its manifest. */
  declare readonly version: pulumi.Output<string>;
  /** SHA-256 of its content, hexadecimal: the same for a folder and for the `.supx` that is packed of it. */
  declare readonly checksum: pulumi.Output<string>;
  /** The target: a folder, or `s3://…`. */
  declare readonly place: pulumi.Output<string>;
  /** Name of its file on the target. */
  declare readonly file: pulumi.Output<string>;
  /** Whether Superset has to be started again, as far as this stack knows: its backend code changed. */
  declare readonly restartRequired: pulumi.Output<boolean>;
  /** What the last `up` that touched it did, and why. */
  declare readonly done: pulumi.Output<string>;

  /**
   * @param name logical name; it is in the state for ever
   * @param properties what is planned, or a promise of it
   */
  constructor(
    name: string,
    properties: ExtensionProperties | Promise<ExtensionProperties>,
    options: pulumi.CustomResourceOptions,
  ) {
    const take = <T>(read: (planned: ExtensionProperties) => T): pulumi.Input<T> =>
      properties instanceof Promise ? properties.then(read) : read(properties);
    const inputs = {
      kind: EXTENSION_KIND,
      extension: take(({ extension }) => extension),
      bundle: take(({ bundle }) => bundle),
      version: take(({ version }) => version),
      checksum: take(({ checksum }) => checksum),
      place: take(({ place }) => place),
      action: take(({ action }) => action),
      source: take(({ source }) => source),
      signature: take(({ signature }) => signature),
      deliverer: take(({ deliverer }) => deliverer),
      basis: take(({ basis }) => basis),
    };
    const outputs = { file: undefined, restartRequired: undefined, done: undefined };
    super(EXTENSION_TYPE, name, { __provider: HOOKS_DOOR, ...inputs, ...outputs }, options);
  }
}
