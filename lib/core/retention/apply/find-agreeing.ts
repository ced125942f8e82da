import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { isDamaged } from '../../store/damaged.ts';
import { getRecord } from '../../store/record.ts';
import { RetentionPlan } from '../retention-plan.ts';
import { type Decided, type Decisions, standingPlans } from './read-decisions.ts';

/** The older plan that today's has to agree with. */
export interface Agreeing {
  /** `undefined` while there is none old enough. */
  readonly plan: RetentionPlan | undefined;
  /** When there is one, if nobody undoes what was planned. */
  readonly from: Date;
  /** Ids of plans that would have been old enough and cannot be read. */
  readonly unreadable: readonly string[];
}

const DAY_MS = 86_400_000;

/** Today's plan, and when it came by the store's clock. */
export interface Today {
  readonly plan: RetentionPlan;
  readonly storedAt: Date;
}

/**
 * The newest plan of this store that is as much older than today's as its policy demands, and that nobody
 * undid. The store's clock has to agree, to a day: a clock that was wrong once makes no plan old. One that
 * is damaged, or of a newer format, does not count.
 */
export async function findAgreeing(
  store: ObjectStore,
  decisions: Decisions,
  { plan: today, storedAt }: Today,
  options: CallOptions = {},
): Promise<Agreeing> {
  const apartMs = today.policy.agreementDays * DAY_MS;
  const latest = new Date(today.at.getTime() - apartMs);
  const aheadMs = today.at.getTime() - storedAt.getTime();
  /** By this machine's clock. */
  const counts = (one: Decided): number =>
    Math.max(one.at.getTime(), one.storedAt.getTime() + aheadMs - DAY_MS) + apartMs;
  const unreadable: string[] = [];
  const standing = standingPlans(decisions).filter(({ at }) => at < today.at);
  for (const decided of standing.toReversed()) {
    // Its id is cut to the second.
    if (decided.at > latest) continue;
    const plan = await readPlan(store, decided, options);
    if (plan === undefined) unreadable.push(decided.id);
    else if (plan.at <= latest && isOfHere(plan, today) && counts(decided) <= today.at.getTime()) {
      return { plan, from: today.at, unreadable };
    }
  }
  const waiting = standing.map(counts).filter((at) => at > today.at.getTime());
  // Today's does not count either before an undo that is yet to come.
  const undone = decisions.undoneAt.at(-1)?.getTime() ?? -Infinity;
  const first = Math.max(today.at.getTime(), undone) + apartMs;
  return { plan: undefined, from: new Date(Math.min(first, ...waiting)), unreadable };
}

/** A copy has the plans of the archive too, and another policy perhaps. */
function isOfHere({ store }: RetentionPlan, today: RetentionPlan): boolean {
  return store === undefined || store === today.store;
}

async function readPlan(
  store: ObjectStore,
  { key }: Decided,
  options: CallOptions,
): Promise<RetentionPlan | undefined> {
  try {
    return await getRecord(store, key, RetentionPlan, options);
  } catch (error) {
    if (isDamaged(error) || isOpsError(error, 'STORE-FORMAT')) return undefined;
    throw error;
  }
}
