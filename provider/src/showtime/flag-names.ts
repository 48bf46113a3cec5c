/** Whether Superset could have a feature flag of this name, which is given without `FEATURE_`. */
export function isFlagName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,99}$/.test(name);
}
