import pMap from 'p-map';
import type { z } from 'zod';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectHead, ObjectStore } from '../../ports/object-store.ts';
import { isDamaged } from '../../store/damaged.ts';
import type { Lineage } from '../../store/lineage.ts';
import { getRecord } from '../../store/record.ts';
import { AppliedRecord, UndoneRecord } from '../applied-record.ts';
import { CLOCK_TOLERANCE_MS } from './store-time.ts';

/** A record of retention by the moment that its id names. */
export interface Decided {
  readonly id: string;
  readonly key: string;
  readonly at: Date;
  /** By the store's clock, which need not be that of the id. */
  readonly storedAt: Date;
}

/** What retention has decided for a lineage so far, oldest first. */
export interface Decisions {
  readonly plans: readonly Decided[];
  readonly applied: readonly Decided[];
  /** Ids, in their own order. */
  readonly undone: readonly string[];
  /** Moments up to which no plan counts any more, oldest first. */
  readonly undoneAt: readonly Date[];
}

const READS_AT_ONCE = 8;
/** Further apart no clocks are by which anything is applied; counted twice, for both may be wrong. */
const CLOCKS_APART_MS = 2 * CLOCK_TOLERANCE_MS;
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
    undone: await listUndone(store, lineage, options),
    undoneAt: await readUndone(store, undonePrefix, options),
  };
}

/** Ids of what was undone. */
export async function listUndone(
  store: ObjectStore,
  { keys }: Lineage,
  options: CallOptions = {},
): Promise<readonly string[]> {
  const { undonePrefix } = keys.retention;
  const heads = await Array.fromAsync(store.list(undonePrefix, options));
  return heads.map(({ key }) => key.slice(undonePrefix.length, -'.json'.length));
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
 * What was tagged, then undone, and may still be tagged: none once anything was applied that knew of it,
 * because that begins with taking back. Which came first is not asked of clocks, as far as records say it.
 */
export async function undoneApplications(
  store: ObjectStore,
  { applied, undone, undoneAt }: Decisions,
  options: CallOptions = {},
): Promise<readonly Decided[]> {
  const newest = applied.at(-1);
  if (newest === undefined || undone.length === 0) return [];
  const known = (await readReadable(store, newest.key, AppliedRecord, options))?.undoneKnown;
  const isUndone =
    known === undefined
      ? undoneAt.some((at) => at >= newest.at)
      : undone.some((id) => !known.includes(id));
  if (!isUndone) return [];
  const before = undoneAt.findLast((at) => at < newest.at);
  if (before === undefined) return applied;
  return applied.filter(({ at }) => at.getTime() > before.getTime() - CLOCKS_APART_MS);
}

/** What was let go so lately that the store may still show it, whatever acts on the tags. */
export function lateApplications({ applied }: Decisions, now: Date): readonly Decided[] {
  return applied.filter(({ at }) => at.getTime() > now.getTime() - LATELY_DAYS * DAY_MS);
}

/** Reads applied records, a few at once. */
export async function readApplied(
  store: ObjectStore,
  applied: readonly Pick<Decided, 'key'>[],
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
  for await (const { key, modifiedAt } of store.list(prefix, options)) {
    const id = key.slice(prefix.length, -'.json'.length);
    const iso = ID.test(id) ? id.replace(ID, '$1-$2-$3T$4:$5:$6Z') : undefined;
    if (iso !== undefined) found.push({ id, key, at: new Date(iso), storedAt: modifiedAt });
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
  return (await readReadable(store, key, UndoneRecord, options))?.at ?? modifiedAt;
}

/** `undefined` for a record that is damaged, or of a newer format. */
async function readReadable<S extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: S,
  options: CallOptions,
): Promise<z.output<S> | undefined> {
  try {
    return await getRecord(store, key, schema, options);
  } catch (error) {
    if (isDamaged(error) || isOpsError(error, 'STORE-FORMAT')) return undefined;
    throw error;
  }
}
