import type { dynamic } from "@pulumi/pulumi";
import { ORPHANS_KIND, type OrphansInputs, orphansInputsSchema } from "./orphan-state";
import type { Session } from "./session";

type Properties = Record<string, unknown>;
type Hooks = Required<Omit<dynamic.ResourceProvider<Properties, Properties>, "configure">>;

/** Whether inputs or outputs are those of the orphans. */
export function isOrphans({ kind }: Properties): boolean {
  return kind === ORPHANS_KIND;
}

/** What goes only later in this run, as `kind:id`. */
const leaving = new Set<string>();

/**
 * What Pulumi calls for the orphans of a folder: to create or update the resource is to delete them; to delete it is to
 * delete nothing.
 *
 * @param run does work with the session of this process, and tells its errors as people read them
 */
export function makeOrphanHooks(run: <T>(work: (session: Session) => Promise<T>) => Promise<T>): Hooks {
  const apply = (news: Properties) =>
    run(async (session) => {
      const { deleteOrphans } = await import("./delete-orphans.js");
      return { ...(await deleteOrphans(orphansInputsSchema.parse(news), session, leaving)) };
    });
  return {
    async check(olds, news) {
      const { leaving: later = [], ...inputs } = orphansInputsSchema.parse(news);
      for (const key of later) leaving.add(key);
      const before = orphansInputsSchema.safeParse(olds);
      return { inputs: { ...chooseInputs(inputs, before.data) } };
    },

    async diff(_id, olds, news) {
      const { orphans, action } = orphansInputsSchema.parse(news);
      return { changes: orphans.length > 0 && action !== olds.done };
    },

    async create(news) {
      return { id: ORPHANS_KIND, outs: await apply(news) };
    },

    async update(_id, _olds, news) {
      return { outs: await apply(news) };
    },

    async read(id, props) {
      return { id: id ?? ORPHANS_KIND, props: props ?? {} };
    },

    async delete() {
      // What is listed is gone already; without the resource nobody looks for more.
    },
  };
}

/** What the engine compares: exactly the old inputs where nothing is to be deleted, so that nothing is shown. */
function chooseInputs(news: OrphansInputs, olds: OrphansInputs | undefined): OrphansInputs {
  if (olds === undefined) return news;
  if (news.orphans.length === 0) return olds;
  // The same decision twice in a row must differ from the one that was carried out, or the engine sees no change.
  return news.action === olds.action ? { ...news, action: `${news.action} (again)` } : news;
}
