/**
 * The text through which Pulumi finds the hooks. It stands in every state for ever: never change it
 * (pulumi-dynamic 7, and "The stub: four shapes that work").
 */
export const HOOKS_DOOR = 'exports.handler=()=>require("pulumi-superset/hooks")';
