import type { RecoveryResult } from '../recovery-context.ts';
import { recover } from '../run-recovery.ts';
import { identityMapping } from '../tablespaces/place-tablespaces.ts';
import { describeMove, examineCluster } from './examine-cluster.ts';
import { findResumption } from './find-resumption.ts';
import type { InPlaceContext, InPlaceJob } from './in-place-context.ts';
import { type InPlaceJournal, setAsidePath } from './in-place-journal.ts';
import { type JournalKeeper, keepJournal } from './journal-keeper.ts';
import { moveIdle } from './move-idle.ts';
import { stepDone } from './step-done.ts';
import { assertRooms } from './plan-in-place.ts';
import { pathsOf, planSetAside } from './plan-moves.ts';
import { type Course, plotCourse, viewFrom } from './plot-course.ts';
import { findLeftFiles, rescueWal } from './rescue-wal.ts';
import { inPlaceRecovery } from './settle-in-place.ts';

/** A finished recovery in place. */
export interface InPlaceResult extends RecoveryResult {
  /** Where the old data directory is kept. */
  readonly setAside: string;
  /** The timeline that was followed. */
  readonly followed: number;
}

/**
 * Recovers a stopped cluster in its own place. WAL that only the old directory has is archived first;
 * then the old directory, and everything its links lead to, is set aside and never removed; the
 * recovered one takes its place and becomes the writer.
 *
 * Each step stands in a journal beside the directory before it is made: after an interruption at any
 * point the same call goes on, and {@link rollBack} takes back.
 *
 * @throws {@link OpsError} before anything is moved: `RESTORE-IN-USE`, `RESTORE-IN-PLACE`,
 *   `RESTORE-SPACE`, `RESTORE-ROLLBACK`, `WAL-IDENTITY`, `PG-DATA-DIR`, what
 *   {@link rescueWal} throws and what planning does; then as {@link recover}.
 */
export async function recoverInPlace(
  job: InPlaceJob,
  context: InPlaceContext,
): Promise<InPlaceResult> {
  const { place } = context;
  await using _lock = await place.hold();
  // An agent at work would take the recovering directory for the server's own.
  await using _agent = await context.shippingOf(place.path).spool.lock('agent');
  const resumption = await findResumption(job, context);
  if (resumption.kind === 'done') return await conclude(resumption.journal, context);
  if (resumption.kind === 'go-on') {
    const keeper = keepJournal(resumption.journal, place);
    await setAside(keeper, context);
    const course = await plotAside(keeper.current(), job, context);
    return await recoverInto(keeper, course, job, context);
  }
  const examined = await examineCluster(context);
  await rescueWal(context.shippingOf(place.path), examined.left, { ...job, ...context });
  const course = await plotCourse({ ...examined.left, whole: [] }, place.path, job, context);
  const now = context.clock.now();
  const { journal, rooms } = await describeMove(examined, course.plan, now, context);
  assertRooms(rooms);
  const keeper = keepJournal(journal, place);
  await keeper.note({});
  await setAside(keeper, context);
  return await recoverInto(keeper, course, job, context);
}

async function setAside(keeper: JournalKeeper, context: InPlaceContext): Promise<void> {
  const { place } = context;
  const journal = keeper.current();
  const aside = setAsidePath(journal.dataDirectory, journal.id);
  await stepDone(context, 'announced');
  for (const move of planSetAside(journal, await place.look(pathsOf(journal)))) {
    if (move.kind === 'rename' && move.to === aside) await moveIdle(place, move);
    else await place.move(move);
    await stepDone(context, `moved ${move.kind === 'rename' ? move.from : move.link}`);
  }
  await place.assertIdle(aside);
}

/** Its whole segments were rescued before the first move. */
async function plotAside(
  { dataDirectory, id }: InPlaceJournal,
  job: InPlaceJob,
  context: InPlaceContext,
): Promise<Course> {
  const aside = setAsidePath(dataDirectory, id);
  const left = await findLeftFiles(context.shippingOf(aside), context);
  return plotCourse({ ...left, whole: [] }, aside, job, context);
}

async function recoverInto(
  keeper: JournalKeeper,
  course: Course,
  job: InPlaceJob,
  context: InPlaceContext,
): Promise<InPlaceResult> {
  const { place } = context;
  const { plan } = course;
  const { dataDirectory, id } = keeper.current();
  const aside = setAsidePath(dataDirectory, id);
  await keeper.note({ phase: 'recovering', followed: plan.timeline, result: undefined });
  await stepDone(context, 'set aside');
  const { verifyFiles, patienceMs, parallel } = job;
  // Their old files are set aside: what the recovery makes is in nobody's way there.
  const tablespaceMapping = identityMapping(plan);
  const inPlace = inPlaceRecovery(keeper, course, context);
  const result = await recover(
    plan,
    { dataDirectory: place.path, parallel, verifyFiles, patienceMs, tablespaceMapping, inPlace },
    {
      ...context,
      store: viewFrom(course, aside, context),
      site: { ...context.siteFor(plan), claim: async () => place.claim() },
    },
  );
  await stepDone(context, 'recovered');
  await keeper.note({ phase: 'recovered', result });
  return { ...result, setAside: aside, followed: plan.timeline };
}

/** Everything was done when the command was interrupted. */
async function conclude(
  journal: InPlaceJournal,
  { place }: InPlaceContext,
): Promise<InPlaceResult> {
  const { result, followed, dataDirectory, id } = journal;
  if (result === undefined || followed === undefined) {
    throw new TypeError('a whole recovery has a result');
  }
  for (const { target } of journal.links) await place.forgetMark(target);
  await place.writeJournal({ ...journal, phase: 'recovered' });
  return { time: undefined, ...result, setAside: setAsidePath(dataDirectory, id), followed };
}
