import { SupersetAssets } from "pulumi-superset";

/**
 * Puts the asset folder of the settings onto the stack's server.
 *
 * @returns the stack's outputs: the dashboards' addresses by title
 */
export async function deployAssets() {
  const assets = new SupersetAssets("assets");
  await assets.resources;
  return { dashboards: assets.urls("dashboard") };
}
