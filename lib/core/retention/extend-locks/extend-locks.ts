import { pMapIterable } from 'p-map';
import { longestLockDays } from '../../config/longest-lock.ts';
import { isOpsError, type OpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LockMode, ObjectLocks } from '../../ports/object-locks.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { RetentionPlan } from '../retention-plan.ts';
import { backupObjects } from './locked-objects.ts';
import { hasTurn, type LockedBackup, planLocks } from './plan-locks.ts';

/** What locks are lengthened with. */
export interface LockDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly locks: ObjectLocks;
  /** Of an object that has no lock; one that has keeps its own. */
  readonly mode: LockMode;
  readonly clock: Clock;
}

/** What came of it. */
export interface ExtendedLocks {
  /** Objects whose turn it was. */
  readonly looked: number;
  readonly extended: number;
  /** The first refusal: the others were tried all the same. */
  readonly refusal: OpsError | undefined;
}

const LOCKS_AT_ONCE = 16;
const DAY_MS = 86_400_000;

/**
 * Lengthens the locks of what `plan` keeps past the recovery window, with the WAL that makes it consistent,
 * until the plan's own end. Each object is looked at once a week; none is ever locked for less.
 */
export async function extendLocks(
  deps: LockDeps,
  plan: Pick<RetentionPlan, 'backups' | 'policy'>,
  options: CallOptions = {},
): Promise<ExtendedLocks> {
  let extended = 0;
  let looked = 0;
  let refusal: OpsError | undefined;
  const objects = pMapIterable(
    objectsInTurn(deps, locksWithin(plan, deps.clock.now()), options),
    async ({ key, until }) => lengthen(deps, key, until, options),
    { concurrency: LOCKS_AT_ONCE },
  );
  for await (const outcome of objects) {
    looked += 1;
    if (outcome === 'extended') extended += 1;
    else if (outcome !== 'long-enough') refusal ??= outcome;
  }
  return { looked, extended, refusal };
}

/** The store’s policy lets nobody lock for longer than anything is kept: what is held for longer is renewed. */
function locksWithin(
  { backups, policy }: Pick<RetentionPlan, 'backups' | 'policy'>,
  now: Date,
): readonly LockedBackup[] {
  const furthest = new Date(now.getTime() + longestLockDays(policy) * DAY_MS);
  return planLocks(backups, now).map((backup) => ({
    ...backup,
    until: backup.until > furthest ? furthest : backup.until,
  }));
}

interface WantedLock {
  readonly key: string;
  readonly until: Date;
}

async function* objectsInTurn(
  { store, lineage, clock }: LockDeps,
  backups: readonly LockedBackup[],
  options: CallOptions,
): AsyncGenerator<WantedLock, void, undefined> {
  const now = clock.now();
  // WAL that two backups share is locked for the longer one, which comes first.
  const seen = new Set<string>();
  for (const backup of backups) {
    for await (const key of backupObjects(store, lineage, backup, options)) {
      if (seen.has(key) || !hasTurn(key, now)) continue;
      seen.add(key);
      yield { key, until: backup.until };
    }
  }
}

async function lengthen(
  { locks, mode }: LockDeps,
  key: string,
  until: Date,
  options: CallOptions,
): Promise<'extended' | 'long-enough' | OpsError> {
  try {
    const standing = await locks.read(key, options);
    if (standing !== undefined && standing.until >= until) return 'long-enough';
    await locks.lengthen(key, { mode: standing?.mode ?? mode, until }, options);
    return 'extended';
  } catch (error) {
    if (isOpsError(error, 'VAULT-LOCK')) return error;
    throw error;
  }
}
