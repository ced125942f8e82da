import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { span } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, MaybeNum, MaybeText } from '../columns.ts';
import { absent, blind, ok, page } from '../judgement.ts';

/** Whether PostgreSQL archives at all; without that no check of archiving means anything. */
const archives = (settings: ReadonlyMap<string, string>): boolean =>
  settings.get('archive_mode') !== 'off';

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
      archives(settings)
        ? `SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing,
                  extract(epoch FROM now() - last_failed_time)::float8 AS "failedAgoSec",
                  last_failed_wal AS "failedWal"
             FROM pg_stat_archiver`
        : absent('archive_mode is off', { values: { [Metric.ARCHIVE_FAILING]: 0 } }),
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
];
