import { Event } from '../../contract/events.ts';
import { RETENTION_LEASE } from '../../contract/key-layout.ts';
import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { withLease } from '../../store/lease.ts';
import { UndoneRecord } from '../applied-record.ts';
import { putAtMoment } from '../put-at-moment.ts';
import type { RetentionDeps } from './apply-retention.ts';
import {
  type Decisions,
  readApplied,
  readDecisions,
  standingPlans,
  undoneApplications,
} from './read-decisions.ts';
import { NO_TAGS, type OnTagged, type TagTotals } from './set-tag.ts';
import { takeBack } from './take-back.ts';

/** Who takes back what was planned, and why. */
export interface UndoRequest {
  readonly by: string;
  readonly reason: string;
  /** By the store's clock: what is undone up to a moment to come is undone until then. @default - this machine's */
  readonly now?: Date | undefined;
}

/** How it is taken back. */
export interface UndoOptions extends CallOptions {
  /** @default - nobody is told */
  readonly onTagged?: OnTagged | undefined;
}

/** What an undo would do, or has done. */
export interface UndoPlan {
  /** Ids of plans that count no more, oldest first. */
  readonly plans: readonly string[];
  /** Those of them that were applied. */
  readonly applied: readonly string[];
}

/** What became of it. */
export interface UndoneRetention extends UndoPlan {
  /** What is kept again. */
  readonly takenBack: TagTotals;
  /**
   * Why the rest is left to the next run of retention: this caller may not tag, or a run is at work, which
   * stops by itself. Absent when all that is still there is kept.
   */
  readonly left: 'denied' | 'busy' | undefined;
}

const LEASE_MS = 60_000;

/**
 * What an undo would do now.
 *
 * @throws {@link OpsError} `RETENTION-PLAN` when there is no plan that counts and nothing left to take back.
 */
export async function planUndo(
  { store, lineage }: Pick<RetentionDeps, 'store' | 'lineage'>,
  options: CallOptions = {},
): Promise<UndoPlan> {
  return undoPlanOf(store, await readDecisions(store, lineage, options), options);
}

/**
 * Takes back all that was planned up to now: puts the record by which no such plan counts any more, then
 * keeps what was let go, as far as it is still there. Asked again, it goes on.
 *
 * @throws {@link OpsError} `RETENTION-PLAN` when there is nothing to undo.
 */
export async function undoRetention(
  deps: Omit<RetentionDeps, 'plan'>,
  { by, reason, now = deps.clock.now() }: UndoRequest,
  options: UndoOptions = {},
): Promise<UndoneRetention> {
  const { store, lineage, clock, log } = deps;
  const { signal, onTagged } = options;
  const decisions = await readDecisions(store, lineage, { signal });
  const plan = await undoPlanOf(store, decisions, { signal });
  let undone = decisions;
  if (plan.plans.length > 0) {
    // Later than all it is about, whatever this machine's clock says.
    const newest = decisions.plans.at(-1)?.at ?? now;
    const at = new Date(Math.max(now.getTime(), newest.getTime() + SECOND_MS));
    await putAtMoment(
      store,
      at,
      {
        schema: UndoneRecord,
        keyOf: (id) => lineage.keys.retention.undone(id),
        recordOf: () => ({ at, by, reason }),
      },
      { signal },
    );
    undone = await readDecisions(store, lineage, { signal });
    log.info(Event.RETENTION_UNDONE, { cluster: lineage.id.cluster, by, plans: plan.plans.length });
  }
  const holder = { name: deps.holder, ttlMs: LEASE_MS, clock, signal };
  let takenBack = NO_TAGS;
  const note = (totals: TagTotals): void => {
    takenBack = totals;
    onTagged?.(totals);
  };
  try {
    await withLease(store, lineage.keys.lease(RETENTION_LEASE), holder, async (held) => {
      const going = await undoneApplications(store, undone, { signal: held });
      const applied = await readApplied(store, going, { signal: held });
      await takeBack(store, lineage, applied, { signal: held, onTagged: note });
    });
    return { ...plan, takenBack, left: undefined };
  } catch (error) {
    if (isOpsError(error, 'STORE-DENIED')) return { ...plan, takenBack, left: 'denied' };
    if (isOpsError(error, 'BACKUP-BUSY')) return { ...plan, takenBack, left: 'busy' };
    throw error;
  }
}

/** An id is cut to the second. */
const SECOND_MS = 1_000;

async function undoPlanOf(
  store: ObjectStore,
  decisions: Decisions,
  options: CallOptions,
): Promise<UndoPlan> {
  const plans = standingPlans(decisions).map(({ id }) => id);
  const standing = decisions.applied.filter(({ id }) => plans.includes(id));
  const undone = await undoneApplications(store, decisions, options);
  const applied = [...new Set([...undone, ...standing].map(({ id }) => id))];
  if (plans.length + applied.length === 0) {
    throw new OpsError(
      'RETENTION-PLAN',
      'there is no plan that counts, so there is nothing to undo',
      {
        hint: 'what was hidden already comes back with "holdfast undelete"; to keep one backup, "holdfast hold"',
      },
    );
  }
  return { plans, applied };
}
