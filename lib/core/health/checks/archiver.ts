import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count, span } from '../../doctor/amounts.ts';
import { type Query, type ServerCheck, serverCheck } from '../check.ts';
import { Bool, MaybeNum, MaybeText, Num } from '../columns.ts';
import { above, absent, blind, ok, page } from '../judgement.ts';
import type { ServerFacts } from '../known.ts';
import { UNARCHIVED_CHECK } from './unarchived-wal.ts';

/** Checks of PostgreSQL's own archiver. */
export const ARCHIVER_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'A1',
    name: 'archiver-failing',
    tier: 'A',
    group: 'archiving',
    about: 'the newest attempt to archive succeeded',
    needs: 'pg_monitor',
    look: 'SELECT * FROM pg_stat_archiver',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW',
    query: ({ settings }) =>
      settings.get('archive_mode') === 'off'
        ? absent('archive_mode is off', { values: { [Metric.ARCHIVE_FAILING]: 0 } })
        : `SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing,
                  extract(epoch FROM now() - last_failed_time)::float8 AS "failedAgoSec",
                  last_failed_wal AS "failedWal"
             FROM pg_stat_archiver`,
    // NULL for a time: nothing was archived yet, or nothing ever failed.
    row: z.object({ failing: Bool, failedAgoSec: MaybeNum, failedWal: MaybeText }),
    judge: ([row]) => {
      if (row === undefined) return blind('pg_stat_archiver gave no row');
      const { failing, failedAgoSec, failedWal } = row;
      if (!failing) return ok('no newer failure', { values: { [Metric.ARCHIVE_FAILING]: 0 } });
      return page(
        `${failedWal ?? 'a segment'} could not be archived ${span(failedAgoSec ?? 0)} ago`,
        {
          values: { [Metric.ARCHIVE_FAILING]: 1 },
        },
      );
    },
  }),
  serverCheck({
    id: 'A2',
    name: 'archiver-stuck',
    tier: 'A',
    group: 'archiving',
    about:
      'no segment waits long to be archived, also where archive_command neither ends nor fails',
    needs: 'pg_monitor',
    look: `SELECT name, modification FROM pg_ls_archive_statusdir() WHERE name ~ '\\.ready$' ORDER BY modification LIMIT 10`,
    source: 'https://www.postgresql.org/docs/current/continuous-archiving.html',
    query: (server) =>
      whileArchiving(
        server,
        Metric.OLDEST_READY_SEC,
        // Without any that waits, the oldest has waited for no time.
        `SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(modification)), 0))::float8 AS sec,
                (array_agg(name ORDER BY modification, name))[1] AS oldest
           FROM pg_ls_archive_statusdir() WHERE name ~ '\\.ready$'`,
      ),
    row: z.object({ sec: Num, oldest: MaybeText }),
    judge: ([row], { thresholds: { oldestReadySec } }) => {
      if (row === undefined) return blind('pg_ls_archive_statusdir gave no row');
      const { sec, oldest } = row;
      const values = { [Metric.OLDEST_READY_SEC]: sec };
      if (oldest === null) return ok('no segment waits', { values });
      const segment = oldest.replace(/\.ready$/, '');
      return {
        standing: above(sec, oldestReadySec),
        says: `${segment} has waited ${span(sec)} to be archived`,
        values,
      };
    },
  }),
  serverCheck({
    id: 'A3',
    name: 'ready-wal',
    tier: 'A',
    group: 'archiving',
    about: 'few segments wait to be archived',
    needs: 'pg_monitor',
    look: `SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ '\\.ready$'`,
    source: 'https://www.postgresql.org/docs/current/continuous-archiving.html',
    query: (server) =>
      whileArchiving(
        server,
        Metric.READY_WAL_SEGMENTS,
        `SELECT count(*) AS segments FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}\\.ready$'`,
      ),
    row: z.object({ segments: Num }),
    judge: ([row], { thresholds: { readyWalSegments } }) => {
      if (row === undefined) return blind('pg_ls_archive_statusdir gave no row');
      return {
        standing: above(row.segments, readyWalSegments),
        says: `${count(row.segments, 'segment')} not archived yet`,
        values: { [Metric.READY_WAL_SEGMENTS]: row.segments },
      };
    },
  }),
  UNARCHIVED_CHECK,
];

/** On a server whose WAL somebody else archives, or nobody, none waits. */
function whileArchiving(
  { settings, inRecovery }: ServerFacts,
  metric: typeof Metric.OLDEST_READY_SEC | typeof Metric.READY_WAL_SEGMENTS,
  query: string,
): Query {
  const values = { [metric]: 0 };
  const mode = settings.get('archive_mode');
  if (mode === 'off') return absent('archive_mode is off', { values });
  if (inRecovery && mode !== 'always') return absent('its primary archives', { values });
  return query;
}
