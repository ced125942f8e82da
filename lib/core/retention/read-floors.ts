import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { isDamaged } from '../store/damaged.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { AppliedRecord } from './applied-record.ts';
import { raiseFloors } from './apply/agreement.ts';
import { type PlannedWal, RetentionPlan } from './retention-plan.ts';

/**
 * By timeline: the first segment whose name was never let go. What lies before it and is not in the store
 * is not stored again, because other bytes may have had the name.
 */
export type Floors = ReadonlyMap<number, string>;

/** Of an archive of which nothing was ever let go. */
export const NO_FLOORS: Floors = new Map();

/**
 * The floors that retention has left, at the cost of one listing and one read. The newest record has those
 * of all before it. For one that is damaged its plan stands in: nothing else can have been let go by it.
 *
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT`, `VAULT-SEALED` when it cannot be read, nor its
 *   plan: nobody may guess which names are free.
 */
export async function readFloors(
  store: ObjectStore,
  { keys: { retention }, identity }: Lineage,
  options: CallOptions = {},
): Promise<Floors> {
  const applied = await Array.fromAsync(store.list(retention.appliedPrefix, options));
  const perhapsGone: PlannedWal[] = [];
  for (const { key } of applied.toReversed()) {
    try {
      const { floors } = await getRecord(store, key, AppliedRecord, options);
      return raised(toFloors(floors), perhapsGone, identity.segmentBytes);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      const id = key.slice(retention.appliedPrefix.length, -'.json'.length);
      perhapsGone.push(...(await plannedToGo(store, retention.plan(id), error, options)));
    }
  }
  return raised(NO_FLOORS, perhapsGone, identity.segmentBytes);
}

/** All that the plan at `key` lets go: what was applied of it is no more than that. */
async function plannedToGo(
  store: ObjectStore,
  key: string,
  damage: OpsError,
  options: CallOptions,
): Promise<readonly PlannedWal[]> {
  try {
    const { wal } = await getRecord(store, key, RetentionPlan, options);
    return wal.filter(({ stays }) => !stays);
  } catch (error) {
    const isUnreadable = ['STORE-ABSENT', 'STORE-DENIED', 'STORE-FORMAT'] as const;
    const isGivenUp = isDamaged(error) || isUnreadable.some((code) => isOpsError(error, code));
    throw isGivenUp ? damage : error;
  }
}

function raised(floors: Floors, ranges: readonly PlannedWal[], segmentBytes: number): Floors {
  return toFloors(raiseFloors(floors, ranges, segmentBytes));
}

function toFloors(floors: AppliedRecord['floors']): Floors {
  return new Map(floors.map(({ timeline, before }) => [timeline, before]));
}

/** Whether a segment, or a `.backup` file of one, lies below the floor of its timeline. */
export function isBelowFloor(floors: Floors, name: string): boolean {
  const segment = SEGMENT_OF_FILE.exec(name)?.[0];
  if (segment === undefined) return false;
  const floor = floors.get(Number.parseInt(segment.slice(0, TIMELINE_DIGITS), 16));
  // Names of one timeline sort as their numbers do.
  return floor !== undefined && segment < floor;
}

/** What is said of a name that is gone for good. */
export function expired(name: string): OpsError {
  return new OpsError(
    'WAL-EXPIRED',
    `${name} lies before what retention keeps, and is not stored`,
    {
      hint: 'no backup needs it: see when it was written; PostgreSQL lets go of it once its .ready mark in pg_wal/archive_status is renamed to .done',
      details: { name },
    },
  );
}

/** A history has no segment, and a partial one's key says which bytes it has. */
const SEGMENT_OF_FILE = /^[0-9A-F]{24}(?!\.partial)/;
const TIMELINE_DIGITS = 8;
