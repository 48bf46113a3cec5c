import type { SupersetClient } from "./client";

const queues = new WeakMap<SupersetClient, Map<string, Promise<unknown>>>();

/**
 * Runs works on one thing of a server one after another. Superset knows no conditional write: two that read a rule, a
 * role or a dashboard at the same time and then write the whole of it would each undo what the other did.
 *
 * @param thing what is read and written, e.g. `dashboard 7`
 * @returns what the work answers; its error is its caller's alone
 */
export function exclusively<T>(client: SupersetClient, thing: string, work: () => Promise<T>): Promise<T> {
  const things = queues.get(client) ?? new Map<string, Promise<unknown>>();
  queues.set(client, things);
  const before = things.get(thing) ?? Promise.resolve();
  const now = before.then(work, work);
  things.set(thing, now);
  const clear = () => {
    if (things.get(thing) === now) things.delete(thing);
  };
  now.then(clear, clear);
  return now;
}
