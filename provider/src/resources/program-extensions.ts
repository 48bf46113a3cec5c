import { relative, resolve } from "node:path";
import { Batcher } from "../core/batcher";
import { ProblemError } from "../core/errors";
import { matchAny } from "../core/match-any";
import { openTarget } from "../delivery/open-target";
import type { ExtensionBundle, Finding } from "../extensions/bundle";
import { formatDecision } from "../plan/decide";
import {
  type DeclaredExtension,
  findVanishedExtensions,
  type KnownExtension,
  type PlannedExtension,
  planExtension,
  type VanishedExtension,
} from "../plan/extensions";
import type { ExtensionSettings } from "../settings/extensions";
import { endWithEngine } from "./engine-gone";
import { judgeSignature } from "./extension-bundles";
import { type ExtensionProperties, ExtensionResource } from "./extension-resource";
import { findKnownExtensions } from "./known-extensions";
import { recordExtensions } from "./plan-record";
import { Planner } from "./planner";
import { runForPeople } from "./program-assets";
import * as pulumi from "./pulumi";
import {
  assertNoBundleErrors,
  assertNoneLate,
  assertNoneProtected,
  assertNoneRefused,
  assertOnce,
  assertServerReady,
  reportExtensions,
} from "./report-extensions";

/** Type token of the component for a folder of extensions. It is part of every URN: never change it. */
export const EXTENSIONS_TYPE = "superset:index:SupersetExtensions";

/** A folder of extensions, or one bundle. */
export interface ExtensionPart {
  /** Logical name of the resource of a declared bundle; those of a folder have their ids. */
  readonly name?: string;
  readonly read: (
    settings: ExtensionSettings,
  ) => Promise<{ readonly bundles: readonly ExtensionBundle[]; readonly findings: readonly Finding[] }>;
  /** Where what the program no longer declares may appear. */
  readonly host?: pulumi.Resource;
}

/** An extension that is to be registered. */
export interface RegisteredExtension {
  readonly plan: PlannedExtension;
  readonly bundle: ExtensionBundle;
  /** The address of the target. */
  readonly place: string;
  readonly isProtected: boolean;
  /** URN of the resource that the state has for it. */
  readonly alias: string | undefined;
}

/**
 * All extensions that a program declares. What it declares in one go is read, checked and planned together: nothing is
 * delivered if any of it cannot be.
 */
export class ProgramExtensions {
  private readonly declared = new Map<string, string>();
  private vanished: readonly VanishedExtension[] | undefined;
  // The program's own lines run to their end first; then all that they declared is one batch.
  private readonly batches = new Batcher<ExtensionPart, readonly RegisteredExtension[]>({
    run: (parts) => this.planParts(parts),
    quietMs: 0,
    maxItems: Number.POSITIVE_INFINITY,
  });

  private constructor(private readonly planner: Planner) {}

  private static readonly programs = new WeakMap<Planner, ProgramExtensions>();

  /** What this program's run declares. */
  static ofProgram(): ProgramExtensions {
    endWithEngine();
    const planner = Planner.ofProgram();
    const program = ProgramExtensions.programs.get(planner) ?? new ProgramExtensions(planner);
    ProgramExtensions.programs.set(planner, program);
    return program;
  }

  /** Adds a part; it is planned together with all others that the program declares in the same go. */
  add(part: ExtensionPart): Promise<readonly RegisteredExtension[]> {
    return this.batches.add(part);
  }

  private planParts(parts: readonly ExtensionPart[]): Promise<(readonly RegisteredExtension[])[]> {
    return runForPeople(async () => {
      const settings = this.settings();
      const readings = await Promise.all(parts.map(({ read }) => read(settings)));
      const host = parts.find((part) => part.host !== undefined)?.host;
      await assertNoBundleErrors(
        readings.flatMap(({ findings }) => findings),
        host,
      );
      const bundles = readings.flatMap((reading) => reading.bundles);
      assertOnce(bundles, this.declared);
      for (const { id, source } of bundles) this.declared.set(id, source.path);
      const known = findKnownExtensions(await this.planner.state());
      const place = addressOf(settings.target);
      const planned = await this.planBundles(bundles, known, place, settings);
      const plans = [...planned.values()];
      assertNoneRefused(plans);
      const isFirst = this.vanished === undefined;
      this.vanished ??= this.findVanished(known, place, settings);
      if (!isFirst) assertNoneLate(this.vanished, plans);
      const isProtected = matchAny(settings.protect);
      if (isFirst) assertNoneProtected(this.vanished, isProtected);
      await assertServerReady(plans, this.planner.client);
      await reportExtensions(plans, isFirst ? this.vanished : [], settings, host);
      const names = parts.flatMap(({ name }, index) => readings[index]?.bundles.map(({ id }) => name ?? id) ?? []);
      recordExtensions(nameEach(plans, names), isFirst ? this.vanished : [], pulumi.getStack());
      if (isFirst) this.registerKept(this.vanished, host, isProtected);
      return readings.map((reading, index) =>
        reading.bundles.flatMap((bundle) => {
          const plan = planned.get(bundle);
          // A declared one has its resource in any case: the hooks refuse what has nothing to be.
          const isDeclared = parts[index]?.name !== undefined;
          if (plan === undefined || !(plan.registered || isDeclared)) return [];
          return [{ plan, bundle, place, isProtected: isProtected(bundle.id), alias: plan.known?.urn }];
        }),
      );
    });
  }

  /** @throws ProblemError `extensions/no-settings` */
  private settings(): ExtensionSettings {
    const { extensions } = this.planner.settings;
    if (extensions !== undefined) return extensions;
    const stack = pulumi.getStack();
    throw new ProblemError({
      code: "extensions/no-settings",
      summary: "The program declares extensions, and the settings do not say where they go.",
      remedy: `Set superset:extensions with its \`target\` in Pulumi.${stack}.yaml (docs/settings.md).`,
      place: { stack },
      exitCode: 2,
    });
  }

  private async planBundles(
    bundles: readonly ExtensionBundle[],
    known: ReadonlyMap<string, KnownExtension>,
    place: string,
    settings: ExtensionSettings,
  ): Promise<ReadonlyMap<ExtensionBundle, PlannedExtension>> {
    const found = new Map((await openTarget(place).list()).map((delivered) => [delivered.id, delivered]));
    const { onDrift } = this.planner.settings;
    const canRestart = settings.restart !== undefined;
    const planned = bundles.map(async (bundle): Promise<[ExtensionBundle, PlannedExtension]> => {
      const { signature, obstacle } = await judgeSignature(bundle, settings);
      const delivered = found.get(bundle.id);
      const own = known.get(bundle.id);
      const plan = planExtension({
        declared: declare(bundle, signature),
        ...(delivered && { delivered }),
        ...(own && { known: own }),
        ...{ strategy: this.strategy(settings), place, deliverer: nameDeliverer(), onDrift, canRestart },
        ...(obstacle !== undefined && { obstacle }),
      });
      return [bundle, plan];
    });
    return new Map(await Promise.all(planned));
  }

  private strategy({ strategy }: ExtensionSettings) {
    return new Set(strategy ?? this.planner.settings.strategy.default);
  }

  private findVanished(
    known: ReadonlyMap<string, KnownExtension>,
    place: string,
    settings: ExtensionSettings,
  ): VanishedExtension[] {
    return findVanishedExtensions(known.values(), new Set(this.declared.keys()), this.strategy(settings), place);
  }

  /** What stays only because a flag is missing keeps its resource unchanged. */
  private registerKept(
    vanished: readonly VanishedExtension[],
    host: pulumi.Resource | undefined,
    isProtected: (id: string) => boolean,
  ): void {
    for (const { known, staysBecause } of vanished.filter(({ isKept }) => isKept)) {
      const { urn, extension, version, checksums, place } = known;
      const action = formatDecision({ action: "skip", reason: staysBecause ?? "" });
      const parent = urn.includes(`${EXTENSIONS_TYPE}$`) ? host : undefined;
      new ExtensionResource(
        extension,
        { extension, bundle: "", version, checksum: checksums.whole, place, action },
        { ...(parent && { parent }), aliases: [urn], protect: isProtected(extension) },
      );
    }
  }
}

/** The plans by the logical names of their resources, both in the same order. */
function nameEach(plans: readonly PlannedExtension[], names: readonly string[]): ReadonlyMap<string, PlannedExtension> {
  return new Map(plans.map((plan, index) => [names[index] ?? plan.declared.extension, plan]));
}

/** A folder is where the program says, also for the hooks, which run elsewhere. */
function addressOf(target: string): string {
  return target.includes("://") ? target : resolve(target);
}

/** How the target's records call this stack. */
function nameDeliverer(): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
}

/** No state holds a path of this machine: people see it as the program does. */
function declare(
  { id, source, version, checksums }: ExtensionBundle,
  signature: string | undefined,
): DeclaredExtension {
  const path = relative(process.cwd(), source.path);
  return { extension: id, path, version, checksums, ...(signature !== undefined && { signature }) };
}

/** What the resource of a planned extension sends to its hooks. */
export function propertiesOf({ plan, bundle, place }: RegisteredExtension): ExtensionProperties {
  const { declared, decision, basis } = plan;
  const { extension, path, version, checksums, signature } = declared;
  const facts = {
    extension,
    bundle: path,
    version,
    checksum: checksums.whole,
    place,
    action: formatDecision(decision),
  };
  const errand = { source: { ...bundle.source }, deliverer: nameDeliverer(), basis };
  return { ...facts, ...errand, ...(signature !== undefined && { signature }) };
}
