import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, MaybeNum, Num } from '../columns.ts';
import { blind, ok, waiting, warn } from '../judgement.ts';
import { growth, perMinute } from '../known.ts';
import { SEES_SESSIONS, SESSIONS_HIDDEN, uncounted } from '../ticket.ts';

/** Version that counts reads by who makes them. */
const STAT_IO = 16;
/** Fewer reads than these tell nothing of the disk. */
const FEW_READS = 1_000;
/** A read that takes longer waits behind others: network volumes answer in one or two. */
const SLOW_READ_MS = 10;
/** Reads of these caches by the minute, beyond which sessions queue for them. */
const MANY_READS_PER_MIN = 6_000;
/** Sessions that wait for them in one moment. */
const MANY_WAITING = 10;
const ABOUT = { tier: 'C', group: 'workload' } as const;
const FINE = { [Metric.WORKLOAD_TROUBLES]: 0 };
const TROUBLE = { [Metric.WORKLOAD_TROUBLES]: 1 };

/** Checks of what the server reads, and how long it waits for it. */
export const IO_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    ...ABOUT,
    id: 'C4',
    name: 'reads',
    about: 'most pages come from memory, and those of the disk come soon',
    needs: 'track_counts; from PostgreSQL 16 on, track_io_timing for the time of a read',
    look: 'SELECT * FROM pg_stat_io WHERE reads > 0 (until 15: pg_statio_all_tables)',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW',
    // The share that memory had is a weak sign: a page of the kernel's cache counts as read. A time is a strong one.
    query: (server) =>
      uncounted(server) ??
      `SELECT sum(d.blks_hit)::float8 AS hits, sum(d.blks_read)::float8 AS misses, ${timesOf(server)}
         FROM pg_stat_database d`,
    row: z.object({ hits: Num, misses: Num, reads: MaybeNum, ms: MaybeNum }),
    judge: ([row], known) => {
      if (row === undefined) return blind('pg_stat_database gave no row');
      const { hits, misses, reads, ms } = row;
      const counters = {
        'C4.hits': hits,
        'C4.misses': misses,
        ...(reads !== null && ms !== null && { 'C4.reads': reads, 'C4.ms': ms }),
      };
      const grown = (name: string, value: number | null): number | undefined =>
        value === null ? undefined : growth(known.before, `C4.${name}`, value);
      const hit = grown('hits', hits);
      const missed = grown('misses', misses);
      if (hit === undefined || missed === undefined) return waiting(counters);
      if (missed < FEW_READS) return ok(`${missed} reads, too few`, { values: FINE, counters });
      const percent = (100 * hit) / (hit + missed);
      const share = `${percent.toFixed(1)} % of pages came from memory`;
      const timed = grown('reads', reads);
      const took = grown('ms', ms);
      if (timed !== undefined && timed >= FEW_READS && took !== undefined) {
        const each = took / timed;
        const says = `a read takes ${each.toFixed(1)} ms; ${share}`;
        return each > SLOW_READ_MS
          ? warn(says, { values: TROUBLE, counters })
          : ok(says, { values: FINE, counters });
      }
      return percent < known.thresholds.cacheHitPercent.warn
        ? warn(share, { values: TROUBLE, counters })
        : ok(share, { values: FINE, counters });
    },
  }),
  serverCheck({
    ...ABOUT,
    id: 'C16',
    name: 'subtransactions',
    about: 'nobody queues for the caches of subtransactions and multixacts',
    needs: 'pg_monitor',
    look: `SELECT wait_event, count(*) FROM pg_stat_activity WHERE wait_event ~ 'Subtrans|MultiXact|SLRU' GROUP BY 1`,
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SLRU-VIEW',
    // The caches' names are others from 17 on, as are those of waits.
    query: () => `
      SELECT (SELECT sum(blks_read) FROM pg_stat_slru WHERE name ~* '^(subtrans|multixact)')::float8 AS reads,
             (SELECT count(*) FROM pg_stat_activity
               WHERE wait_event ~ '^(Subtrans|MultiXact|SLRURead)')::float8 AS waiting,
             ${SEES_SESSIONS} AS sees`,
    row: z.object({ reads: Num, waiting: Num, sees: Bool }),
    judge: ([row], known) => {
      if (row === undefined) return blind('the server gave no row');
      if (!row.sees) return SESSIONS_HIDDEN;
      const counters = { 'C16.reads': row.reads };
      const rate = perMinute(known, 'C16.reads', row.reads);
      if (rate === undefined) return waiting(counters);
      const says = `${rate.toFixed(0)} reads a minute, ${row.waiting} sessions wait`;
      return rate > MANY_READS_PER_MIN || row.waiting >= MANY_WAITING
        ? warn(says, { values: TROUBLE, counters })
        : ok(says, { values: FINE, counters });
    },
  }),
];

/** Columns of what clients read, and the milliseconds that took; NULL where the server does not tell. */
function timesOf({
  major,
  settings,
}: {
  readonly major: number;
  readonly settings: ReadonlyMap<string, string>;
}): string {
  if (major < STAT_IO || settings.get('track_io_timing') !== 'on') {
    return 'NULL::float8 AS reads, NULL::float8 AS ms';
  }
  const sum = (column: string): string =>
    `(SELECT sum(${column}) FROM pg_stat_io
       WHERE backend_type = 'client backend' AND object = 'relation')::float8`;
  return `${sum('reads')} AS reads, ${sum('read_time')} AS ms`;
}
