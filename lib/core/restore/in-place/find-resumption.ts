import { formatTarget } from '../plan/target.ts';
import type { InPlaceContext, InPlaceJob } from './in-place-context.ts';
import { type InPlaceJournal, setAsidePath } from './in-place-journal.ts';
import { planResume, type Resumption } from './plan-resume.ts';

/** Of a server that the recovery has stopped, as `pg_controldata` calls it. */
const SHUT_DOWN = 'shut down';

/** What an interrupted or finished recovery in the same place left to do. Throws as {@link planResume}. */
export async function findResumption(
  job: InPlaceJob,
  context: InPlaceContext,
): Promise<Resumption> {
  const { place } = context;
  const journal = await place.readJournal();
  if (journal === undefined) return { kind: 'begin' };
  const aside = setAsidePath(journal.dataDirectory, journal.id);
  const scene = await place.look([aside]);
  const resumption = planResume(journal, scene(aside) !== 'absent', await place.state());
  if (resumption.kind !== 'done') return resumption;
  const isOther = journal.result?.target !== formatTarget(job.target);
  return isOther || (await wasStarted(journal, context)) ? { kind: 'begin' } : resumption;
}

/** Whether the recovered server has gone into use since: then a new recovery is asked for. */
async function wasStarted(
  { dataDirectory, checkpointLsn }: InPlaceJournal,
  context: InPlaceContext,
): Promise<boolean> {
  const control = await context.shippingOf(dataDirectory).controlData(context);
  // A server that crashed may not have come to a checkpoint.
  return control.state !== SHUT_DOWN || control.checkpointLsn !== checkpointLsn;
}
