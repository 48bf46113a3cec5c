/**
 * The parts of Pulumi that programs run with. Its index loads much more (npm's own library, the TypeScript compiler), which
 * takes half a second of a processor in every run of every stack.
 */
export type {
  ComponentResourceOptions,
  CustomResourceOptions,
  Input,
  Inputs,
  Output,
  Resource,
} from "@pulumi/pulumi";
export { Config } from "@pulumi/pulumi/config";
export { RunError } from "@pulumi/pulumi/errors";
export * as log from "@pulumi/pulumi/log";
export { getOrganization, getProject, getStack } from "@pulumi/pulumi/metadata";
export { all, output } from "@pulumi/pulumi/output";
export { ComponentResource, CustomResource, createUrn } from "@pulumi/pulumi/resource";
export * as runtimeConfig from "@pulumi/pulumi/runtime/config";
export { invoke } from "@pulumi/pulumi/runtime/invoke";
export { isDryRun } from "@pulumi/pulumi/runtime/settings";
export { getStackResource } from "@pulumi/pulumi/runtime/stack";
