import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { bytes } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { MaybeText, Num } from '../columns.ts';
import { blind, ok, waiting } from '../judgement.ts';
import { growth } from '../known.ts';
import { fewest, ticketAbove, uncounted } from '../ticket.ts';
import { grownByDatabase, sumByDatabase } from './by-database.ts';

/** Fewer transactions than these tell nothing by their share. */
const FEW_TRANSACTIONS = 500;
/** Of the volume, that temporary files of running queries may take. */
const LIVE_TEMP_PERCENT = 20;
const MEBIBYTE = 1024 ** 2;
const SOURCE =
  'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW';
const ABOUT = { tier: 'C', group: 'workload', source: SOURCE } as const;
/** The row without a name is of what databases share. */
const Row = z.object({ database: MaybeText, value: Num, total: Num });

/** Checks of what applications do, by counters of each database. */
export const WORKLOAD_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    ...ABOUT,
    id: 'C1',
    name: 'deadlocks',
    about: 'transactions seldom end in a deadlock',
    needs: 'track_counts',
    look: 'SELECT datname, deadlocks FROM pg_stat_database ORDER BY deadlocks DESC',
    query: (server) => uncounted(server) ?? sumByDatabase('deadlocks'),
    row: Row,
    judge: (rows, known) => {
      if (rows.length === 0) return blind('pg_stat_database gave no row');
      const { counters, total, databases } = grownByDatabase(known, 'C1', rows);
      if (total === undefined) return waiting(counters);
      return {
        standing: ticketAbove(total, known.thresholds.deadlocksPerMin),
        says: `${total.toFixed(1)} deadlocks a minute`,
        values: { [Metric.DEADLOCKS_PER_MIN]: total },
        counters,
        ...fewest(
          databases.map(({ subject, rate }) => ({ subject, says: `${rate.toFixed(1)} a minute` })),
        ),
      };
    },
  }),
  serverCheck({
    ...ABOUT,
    id: 'C2',
    name: 'rollbacks',
    about: 'most transactions commit',
    needs: 'track_counts',
    look: 'SELECT datname, xact_commit, xact_rollback FROM pg_stat_database ORDER BY xact_rollback DESC',
    query: (server) =>
      uncounted(server) ??
      `SELECT sum(xact_commit)::float8 AS commits, sum(xact_rollback)::float8 AS rollbacks
         FROM pg_stat_database`,
    row: z.object({ commits: Num, rollbacks: Num }),
    judge: ([row], known) => {
      if (row === undefined) return blind('pg_stat_database gave no row');
      const counters = { 'C2.commits': row.commits, 'C2.rollbacks': row.rollbacks };
      const commits = growth(known.before, 'C2.commits', row.commits);
      const rollbacks = growth(known.before, 'C2.rollbacks', row.rollbacks);
      if (commits === undefined || rollbacks === undefined) return waiting(counters);
      const all = commits + rollbacks;
      if (all < FEW_TRANSACTIONS) {
        const values = { [Metric.ROLLBACK_PERCENT]: 0 };
        return ok(`${all} transactions, too few for a share`, { values, counters });
      }
      const percent = (100 * rollbacks) / all;
      return {
        standing: ticketAbove(percent, known.thresholds.rollbackPercent),
        says: `${percent.toFixed(1)} % of ${all} transactions were rolled back`,
        values: { [Metric.ROLLBACK_PERCENT]: percent },
        counters,
      };
    },
  }),
  serverCheck({
    ...ABOUT,
    id: 'C3',
    name: 'temporary-files',
    about: 'sorts and hashes fit into work_mem, and what does not leaves room on the disk',
    needs: 'pg_monitor, track_counts',
    look: 'SELECT datname, temp_files, pg_size_pretty(temp_bytes) FROM pg_stat_database ORDER BY temp_bytes DESC',
    // Counted is a file once it is closed, so that one query can fill the disk uncounted. The files of parallel
    // queries are in folders of their own, which the function does not look into.
    query: (server) =>
      uncounted(server) ??
      `SELECT d.*,
              (SELECT coalesce(sum(f.size), 0)
                 FROM pg_tablespace t CROSS JOIN LATERAL pg_ls_tmpdir(t.oid) f
                WHERE t.spcname <> 'pg_global')::float8 AS live
         FROM (${sumByDatabase('temp_bytes')}) d`,
    row: Row.extend({ live: Num }),
    judge: (rows, known) => {
      const live = rows[0]?.live;
      if (live === undefined) return blind('pg_stat_database gave no row');
      const { counters, total, databases } = grownByDatabase(known, 'C3', rows);
      if (total === undefined) return waiting(counters);
      const mebibytes = total / MEBIBYTE;
      const { volumeBytes } = known.cluster;
      const isMuch = volumeBytes !== undefined && live > (volumeBytes * LIVE_TEMP_PERCENT) / 100;
      return {
        standing: isMuch ? 'warn' : ticketAbove(mebibytes, known.thresholds.tempMiBPerMin),
        says: `${bytes(Math.round(total))} a minute, ${bytes(live)} now${isMuch ? ', of the volume more than it can spare' : ''}`,
        values: { [Metric.TEMP_MIB_PER_MIN]: mebibytes },
        counters,
        ...fewest(
          databases.map(({ subject, rate }) => ({
            subject,
            says: `${bytes(Math.round(rate))} a minute`,
          })),
        ),
      };
    },
  }),
];
