import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Num } from '../columns.ts';
import { blind, waiting } from '../judgement.ts';
import { growth } from '../known.ts';
import { ticketAbove } from '../ticket.ts';

/** Counts at the run since which checkpoints are counted, for a minute seldom has any. */
const TIMED = 'C5.timed';
const REQUESTED = 'C5.requested';
/** What those before came to. It stands until there are as many others. */
const PERCENT = 'C5.percent';
/** Of fewer a share says little: a base backup asks for one, which alone would be all that there are. */
const ENOUGH = 3;
/** Version that gave the checkpointer a view of its own. */
const OWN_VIEW = 17;

/** Checks of checkpoints. */
export const CHECKPOINT_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'C5',
    name: 'forced-checkpoints',
    tier: 'C',
    group: 'workload',
    about: 'checkpoints come by time, not because max_wal_size is used up',
    needs: 'nothing but PUBLIC’s rights',
    look: 'SELECT * FROM pg_stat_checkpointer (until 16: pg_stat_bgwriter)',
    source: 'https://www.postgresql.org/docs/current/wal-configuration.html',
    query: ({ major }) =>
      major >= OWN_VIEW
        ? `SELECT num_timed AS timed, num_requested AS requested FROM pg_stat_checkpointer`
        : `SELECT checkpoints_timed AS timed, checkpoints_req AS requested FROM pg_stat_bgwriter`,
    row: z.object({ timed: Num, requested: Num }),
    judge: ([row], known) => {
      if (row === undefined) return blind('the server gave no row');
      const seen = { [TIMED]: row.timed, [REQUESTED]: row.requested };
      const timed = growth(known.before, TIMED, row.timed);
      const requested = growth(known.before, REQUESTED, row.requested);
      if (timed === undefined || requested === undefined) return waiting(seen);
      const all = timed + requested;
      const held = known.before?.counters[PERCENT] ?? 0;
      const isEnough = all >= ENOUGH;
      const percent = isEnough ? (100 * requested) / all : held;
      return {
        standing: ticketAbove(percent, known.thresholds.forcedCheckpointPercent),
        says: isEnough
          ? `of ${count(all, 'checkpoint')}, ${percent.toFixed(0)} % were forced`
          : `${count(all, 'checkpoint')}, too few to judge; of those before, ${percent.toFixed(0)} % were forced`,
        values: { [Metric.FORCED_CHECKPOINT_PERCENT]: percent },
        counters: {
          ...(isEnough
            ? seen
            : { [TIMED]: row.timed - timed, [REQUESTED]: row.requested - requested }),
          [PERCENT]: percent,
        },
      };
    },
  }),
];
