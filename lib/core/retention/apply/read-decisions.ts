import pMap from 'p-map';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectHead, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { getRecord } from '../../store/record.ts';
import { AppliedRecord, UndoneRecord } from '../applied-record.ts';

/** A record of retention by the moment that its id names. */
export interface Decided {
  readonly id: string;
  readonly key: string;
  readonly at: Date;
}

/** What retention has decided for a lineage so far: all oldest first. */
export interface Decisions {
  readonly plans: readonly Decided[];
  readonly applied: readonly Decided[];
  /** Moments up to which no plan counts any more. */
  readonly undoneAt: readonly Date[];
}

const READS_AT_ONCE = 8;
const DAY_MS = 86_400_000;
/** Rules of a lifecycle are acted upon once a day, and may lag. */
const LATELY_DAYS = 30;
const ID = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Lists what was decided, and reads what was undone. */
export async function readDecisions(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<Decisions> {
  const { planPrefix, appliedPrefix, undonePrefix } = lineage.keys.retention;
  return {
    plans: await listDecided(store, planPrefix, options),
    applied: await listDecided(store, appliedPrefix, options),
    undoneAt: await readUndone(store, undonePrefix, options),
  };
}

/** The newest moment up to which no plan counts; `undefined` when all do. */
export async function newestUndone(
  store: ObjectStore,
  { keys }: Lineage,
  options: CallOptions = {},
): Promise<Date | undefined> {
  return (await readUndone(store, keys.retention.undonePrefix, options)).at(-1);
}

/** Plans that nobody undid, oldest first. */
export function standingPlans({ plans, undoneAt }: Decisions): readonly Decided[] {
  const undone = undoneAt.at(-1);
  return undone === undefined ? plans : plans.filter(({ at }) => at > undone);
}

/**
 * What was tagged, then undone, and may still be tagged: none once anything was applied after, because
 * that begins with taking back.
 */
export function undoneApplications({ applied, undoneAt }: Decisions): readonly Decided[] {
  const newest = applied.at(-1);
  const undone = undoneAt.at(-1);
  if (newest === undefined || undone === undefined || undone < newest.at) return [];
  const before = undoneAt.findLast((at) => at < newest.at);
  return before === undefined ? applied : applied.filter(({ at }) => at > before);
}

/** What was let go so lately that the store may still show it, whatever acts on the tags. */
export function lateApplications({ applied }: Decisions, now: Date): readonly Decided[] {
  return applied.filter(({ at }) => at.getTime() > now.getTime() - LATELY_DAYS * DAY_MS);
}

/** Reads applied records, a few at once. */
export async function readApplied(
  store: ObjectStore,
  applied: readonly Decided[],
  options: CallOptions = {},
): Promise<readonly AppliedRecord[]> {
  return pMap(applied, async ({ key }) => getRecord(store, key, AppliedRecord, options), {
    concurrency: READS_AT_ONCE,
  });
}

async function listDecided(
  store: ObjectStore,
  prefix: string,
  options: CallOptions,
): Promise<readonly Decided[]> {
  const found: Decided[] = [];
  for await (const { key } of store.list(prefix, options)) {
    const id = key.slice(prefix.length, -'.json'.length);
    const iso = ID.test(id) ? id.replace(ID, '$1-$2-$3T$4:$5:$6Z') : undefined;
    if (iso !== undefined) found.push({ id, key, at: new Date(iso) });
  }
  return found;
}

async function readUndone(
  store: ObjectStore,
  prefix: string,
  options: CallOptions,
): Promise<readonly Date[]> {
  const heads = await Array.fromAsync(store.list(prefix, options));
  const moments = await pMap(heads, async (head) => undoneMoment(store, head, options), {
    concurrency: READS_AT_ONCE,
  });
  return moments.toSorted((a, b) => a.getTime() - b.getTime());
}

/** A damaged one, or one of a newer format, still says that somebody wanted things kept: up to when it came. */
async function undoneMoment(
  store: ObjectStore,
  { key, modifiedAt }: ObjectHead,
  options: CallOptions,
): Promise<Date> {
  try {
    return (await getRecord(store, key, UndoneRecord, options)).at;
  } catch (error) {
    if (isOpsError(error, 'STORE-CORRUPT') || isOpsError(error, 'STORE-FORMAT')) return modifiedAt;
    throw error;
  }
}
