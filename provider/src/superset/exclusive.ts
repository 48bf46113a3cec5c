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

/**
 * Reads a list while no other reading of this process asks for one of the same kind. Flask-AppBuilder keeps the filters of
 * a list request in one object for all threads (`ModelRestApi._handle_filters_args`): of two requests for a kind at the
 * same moment, one may get the other's filters too, and then misses rows.
 *
 * @param resource what is listed, as its address names it
 * @param read must not read another list of the same kind by this function: it would wait for itself
 */
export function readListAlone<T>(client: SupersetClient, resource: string, read: () => Promise<T>): Promise<T> {
  return exclusively(client, `list ${resource}`, read);
}
