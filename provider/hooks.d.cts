import type { dynamic } from "@pulumi/pulumi";

/** The hooks of all resources of this package, as Pulumi's engine calls them. Not for use in programs. */
declare const provider: dynamic.ResourceProvider;
export = provider;
