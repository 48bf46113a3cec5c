/** What the server of a stack may be for. */
export const STACK_ROLES = ["development", "qa", "production"] as const;
