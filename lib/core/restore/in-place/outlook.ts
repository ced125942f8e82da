import type { ConfigurationEntry } from '../../ports/cluster-place.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';
import { describeMove, examineCluster } from './examine-cluster.ts';
import { findResumption } from './find-resumption.ts';
import type { InPlaceContext, InPlaceJob } from './in-place-context.ts';
import { type InPlaceJournal, setAsidePath } from './in-place-journal.ts';
import { assertRooms, movesOf, type Room } from './plan-in-place.ts';
import { pathsOf, planSetAside } from './plan-moves.ts';
import { plotCourse } from './plot-course.ts';
import { findLeftFiles } from './rescue-wal.ts';

/** What a recovery in place would do. */
export interface InPlaceOutlook {
  readonly plan: RecoveryPlan;
  /** Id of an interrupted one, with which it goes on. */
  readonly resumes: string | undefined;
  readonly setAside: string;
  readonly moves: readonly { readonly from: string; readonly to: string }[];
  /** What the recovered directory takes over; links stay where they lead. */
  readonly configuration: readonly ConfigurationEntry[];
  readonly rooms: readonly Room[];
  /** Names of whole files that are archived first. */
  readonly rescued: readonly string[];
  /** Name of the unfinished segment that is replayed if the target lies in it or behind it. */
  readonly unfinished: string | undefined;
}

/**
 * What a recovery in place would do; changes nothing, on this machine or in the store.
 *
 * @throws {@link OpsError} whatever the recovery would refuse with before its first move.
 */
export async function outlookInPlace(
  job: InPlaceJob,
  context: InPlaceContext,
): Promise<InPlaceOutlook> {
  const { place, clock } = context;
  await place.assertFree();
  const resumption = await findResumption(job, context);
  if (resumption.kind !== 'begin') return outlookOn(resumption.journal, job, context);
  const examined = await examineCluster(context);
  const { plan, owed, unfinished } = await plotCourse(examined.left, place.path, job, context);
  const { journal, rooms } = await describeMove(examined, plan, clock.now(), context);
  assertRooms(rooms);
  return {
    plan,
    resumes: undefined,
    setAside: setAsidePath(journal.dataDirectory, journal.id),
    moves: movesOf(journal),
    configuration: examined.survey.configuration,
    rooms,
    rescued: owed,
    unfinished: unfinished?.name,
  };
}

/** The old cluster is aside at least in part, and its whole segments were rescued then. */
async function outlookOn(
  journal: InPlaceJournal,
  job: InPlaceJob,
  context: InPlaceContext,
): Promise<InPlaceOutlook> {
  const { place } = context;
  const setAside = setAsidePath(journal.dataDirectory, journal.id);
  const movesLeft = planSetAside(journal, await place.look(pathsOf(journal)));
  // Its pg_wal can be read again once its links lead to where their targets went.
  const left =
    movesLeft.length === 0
      ? await findLeftFiles(context.shippingOf(setAside), context)
      : { timeline: journal.timeline, whole: [], last: undefined };
  const { plan, unfinished } = await plotCourse({ ...left, whole: [] }, setAside, job, context);
  return {
    plan,
    resumes: journal.id,
    setAside,
    moves: movesOf(journal),
    configuration: [],
    rooms: [],
    rescued: [],
    unfinished: unfinished?.name,
  };
}
