import { defineConfig } from "vitest/config";

/** Two cores, and one Superset for each of two workers. */
const WORKERS = 2;

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/totals-reporter.ts"],
    maxWorkers: WORKERS,
    pool: "forks",
    setupFiles: ["./test/support/environment.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/guard/**/*.test.ts"],
          // Each file by itself would load the same libraries again, which is a third of the work.
          isolate: false,
          setupFiles: ["./test/support/fresh-modules.ts"],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "environment",
          include: ["test/environment/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: "real",
          include: ["test/{server,engine,cli}/**/*.test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
