import type { InPlaceContext } from './in-place-context.ts';
import { type InPlaceJournal, setAsidePath } from './in-place-journal.ts';
import { planResume, type Resumption } from './plan-resume.ts';

/** What an interrupted or finished recovery in the same place left to do. Throws as {@link planResume}. */
export async function findResumption(context: InPlaceContext): Promise<Resumption> {
  const { place } = context;
  const journal = await place.readJournal();
  if (journal === undefined) return { kind: 'begin' };
  const aside = setAsidePath(journal.dataDirectory, journal.id);
  const scene = await place.look([aside]);
  const resumption = planResume(journal, scene(aside) !== 'absent', await place.state());
  const isOld = resumption.kind === 'done' && (await wasStarted(journal, context));
  return isOld ? { kind: 'begin' } : resumption;
}

/** Whether the recovered server has gone into use since: then a new recovery is asked for. */
async function wasStarted(
  { dataDirectory, checkpointLsn }: InPlaceJournal,
  context: InPlaceContext,
): Promise<boolean> {
  const control = await context.shippingOf(dataDirectory).controlData(context);
  return control.checkpointLsn !== checkpointLsn;
}
