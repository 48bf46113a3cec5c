/** The ways to log in. */
export const AUTH_PROVIDERS = ["db", "ldap", "oidc", "oidc-client", "api-key", "token", "session"] as const;

/** A way to log in. */
export type AuthProvider = (typeof AUTH_PROVIDERS)[number];

/** The way where nothing names another. */
export const DEFAULT_PROVIDER = "db" satisfies AuthProvider;

/** Names of the settings that hold a secret. */
export type SecretName = "password" | "clientSecret" | "token" | "apiKey";
