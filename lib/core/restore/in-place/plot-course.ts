import type { ObjectStore } from '../../ports/object-store.ts';
import type { Segment } from '../../wal/segment.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';
import type { InPlaceContext, InPlaceJob } from './in-place-context.ts';
import { withLeftWal } from './left-wal-store.ts';
import { findMissing, type LeftFiles } from './rescue-wal.ts';

/** What a recovery in place replays. */
export interface Course {
  readonly plan: RecoveryPlan;
  /** Names of whole files that the plan counts on and that are not archived. */
  readonly owed: readonly string[];
  /** The segment that the old server never finished, unless the archive has it. */
  readonly unfinished: Segment | undefined;
}

/**
 * Plans from the archive and from what the old server left in the `pg_wal` of `dataDirectory`, along
 * the timeline that it wrote, unless another one was named.
 *
 * @throws {@link OpsError} as {@link planFromStore}; `RESTORE-WAL`.
 */
export async function plotCourse(
  left: LeftFiles,
  dataDirectory: string,
  job: InPlaceJob,
  context: InPlaceContext,
): Promise<Course> {
  const last = left.last === undefined ? [] : [left.last.name];
  const missing = await findMissing([...left.whole, ...last], context, context);
  const owed = missing.filter((name) => name !== left.last?.name);
  const unfinished = missing.length > owed.length ? left.last : undefined;
  const store = viewFrom({ owed, unfinished }, dataDirectory, context);
  const plan = await context.plan(store, { timeline: job.timeline ?? left.timeline });
  return { plan, owed, unfinished };
}

/** The store together with what it lacks of a course, read from the `pg_wal` of `dataDirectory`. */
export function viewFrom(
  { owed, unfinished }: Pick<Course, 'owed' | 'unfinished'>,
  dataDirectory: string,
  context: InPlaceContext,
): ObjectStore {
  const { wal } = context.shippingOf(dataDirectory);
  const left = { wal, whole: owed, unfinished: unfinished?.name, seenAt: context.clock.now() };
  return withLeftWal(context.store, context.lineage, left);
}
