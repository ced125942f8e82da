import { claimWriter } from '../../store/writer-epoch.ts';
import type { Segment } from '../../wal/segment.ts';
import type { Lsn } from '../../wal/lsn.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';
import type { InPlaceRecovery } from '../recovery-context.ts';
import { ServerFile } from '../replay/server-files.ts';
import type { InPlaceContext } from './in-place-context.ts';
import { setAsidePath } from './in-place-journal.ts';
import type { JournalKeeper } from './journal-keeper.ts';
import { stepDone } from './step-done.ts';
import type { Course } from './plot-course.ts';
import { rescueLast } from './rescue-wal.ts';

/**
 * What a recovery does besides, to become the cluster's next data directory: its WAL lies where the
 * old one's did, it goes on with the old one's configuration, and it may archive.
 *
 * @throws {@link OpsError} as {@link rescueLast} and {@link claimWriter}.
 */
export function inPlaceRecovery(
  keeper: JournalKeeper,
  { plan, unfinished }: Course,
  context: InPlaceContext,
): InPlaceRecovery {
  const { place, signal } = context;
  const { dataDirectory, id, links } = keeper.current();
  const aside = setAsidePath(dataDirectory, id);
  return {
    unfinishedSegment: unfinished?.name,

    prepare: async () => {
      const link = links.find(({ name }) => name === 'pg_wal');
      if (link === undefined) return;
      const { made } = keeper.current();
      const inode = await place.makeTarget(link.target, made[link.target]);
      await keeper.note({ made: { ...made, [link.target]: inode } });
      await place.link(link.name, link.text);
    },

    settle: async (result) => {
      // Replay went through all of it, so it is whole, and the new timeline begins behind it.
      if (unfinished !== undefined && isPassed(unfinished, plan, result.lsn)) {
        await rescueLast(context.shippingOf(aside), unfinished.name, { signal });
      }
      await stepDone(context, 'replayed');
      const { controlData, self } = context.shippingOf(dataDirectory);
      const { checkpointLsn } = await controlData({ signal });
      await keeper.note({ result, checkpointLsn });
      const writer = { ...(await self({ signal })), timeline: result.timeline };
      await claimWriter(context, writer, 'in-place');
      await stepDone(context, 'became the writer');
      await place.keepConfiguration(aside);
      return {
        autoConf: await place.readText(aside, ServerFile.AUTO_CONF),
        notes: [
          'it goes on with the configuration of the old directory, and archives as that did',
          `the old directory is kept as ${aside}; "holdfast rollback" puts it back`,
          'replication slots and standbys are to be made anew; while synchronous_standby_names counts on a standby, commits wait for it',
        ],
      };
    },
  };
}

function isPassed(
  { timeline, number, endLsn }: Segment,
  plan: RecoveryPlan,
  reached: Lsn,
): boolean {
  const isPlanned = plan.segments.some(
    (run) => run.timeline === timeline && run.first <= number && number <= run.last,
  );
  return isPlanned && reached >= endLsn;
}
