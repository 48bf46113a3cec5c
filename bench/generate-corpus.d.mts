/** See `generate-corpus.mjs`. */
export function generateCorpus(
  folder: string,
  options?: { times?: number; seed?: number; defects?: boolean },
): { databases: number; datasets: number; charts: number; dashboards: number; seed: number };

export function multiplyCorpus(source: string, target: string, times: number): void;

export function listYaml(folder: string): string[];
