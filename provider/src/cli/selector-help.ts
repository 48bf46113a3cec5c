/** What people may mean by one word of `--only`. */
export const SELECTOR_HELP = "a glob on paths (dashboards/sales*), a UUID, or the address of a dashboard or chart";

/** What people may name as a side of a comparison. */
export const SIDE_HELP = "a stack, a folder, a ZIP file, a git revision, or an instance of ~/.sup/config.yml";
