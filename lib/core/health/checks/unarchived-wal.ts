import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { span } from '../../doctor/amounts.ts';
import { serverCheck } from '../check.ts';
import { Num } from '../columns.ts';
import { above, absent, blind, ok, waiting } from '../judgement.ts';
import type { Known, ServerFacts } from '../known.ts';

/**
 * A checkpoint and the transactions that then run are noted in WAL without a commit, and end no segment: behind the
 * end of one, so much is nothing that could be lost.
 *
 * @see PostgreSQL CheckArchiveTimeout, src/backend/postmaster/checkpointer.c
 */
const IDLE_BYTES = 1_024;
/** Beyond archive_timeout, for the archiver. */
const ARCHIVER_SEC = 60;
/** Counter of the moment, in seconds, at which all WAL was archived: the time since is the most that could be lost. */
const ALL_ARCHIVED_AT = 'A4.allArchivedAtSec';

const Row = z.object({ readyAtSec: Num, archivedAtSec: Num, newBytes: Num, nowSec: Num });

/**
 * How much time's work hangs on this host alone. Age of `last_archived_time` would say so of a server that nobody
 * writes to; what counts is since when there has been something to archive.
 */
export const UNARCHIVED_CHECK = serverCheck({
  id: 'A4',
  name: 'unarchived-wal',
  tier: 'A',
  group: 'archiving',
  about: 'no WAL stays unarchived for long',
  needs: 'pg_monitor; archive_timeout above 0',
  look: 'SELECT last_archived_wal, last_archived_time, pg_walfile_name(pg_current_wal_lsn()) FROM pg_stat_archiver',
  source: 'https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-ARCHIVE-TIMEOUT',
  query: ({ settings, inRecovery }) => {
    const values = { [Metric.UNARCHIVED_WAL_SEC]: 0 };
    if (settings.get('archive_mode') === 'off') return absent('archive_mode is off', { values });
    if (inRecovery) return absent('its primary archives', { values });
    return `
      SELECT (SELECT coalesce(extract(epoch FROM min(modification)), 0)::float8
                FROM pg_ls_archive_statusdir() WHERE name ~ '\\.ready$') AS "readyAtSec",
             (SELECT extract(epoch FROM coalesce(last_archived_time, pg_postmaster_start_time()))::float8
                FROM pg_stat_archiver) AS "archivedAtSec",
             pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
               % (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size') AS "newBytes",
             extract(epoch FROM clock_timestamp())::float8 AS "nowSec"`;
  },
  // readyAtSec is 0 where no segment is ready.
  row: Row,
  judge: ([row], known) => {
    if (row === undefined) return blind('the server gave no row');
    const { readyAtSec, archivedAtSec, newBytes, nowSec } = row;
    if (readyAtSec === 0 && newBytes <= IDLE_BYTES) {
      const values = { [Metric.UNARCHIVED_WAL_SEC]: 0 };
      return ok('all WAL is archived', { values, counters: { [ALL_ARCHIVED_AT]: nowSec } });
    }
    const seenAtSec =
      known.before?.counters[ALL_ARCHIVED_AT] ?? longestAgoSec(row, known.server.settings);
    const counters = { [ALL_ARCHIVED_AT]: seenAtSec };
    if (known.before === undefined && readyAtSec === 0) return waiting(counters);
    const quietUntilSec = Math.max(archivedAtSec, seenAtSec);
    const sinceSec = readyAtSec === 0 ? quietUntilSec : Math.min(readyAtSec, quietUntilSec);
    const sec = Math.max(0, nowSec - sinceSec);
    return {
      standing: above(sec, boundsFor(known)),
      says: `there has been WAL that is not archived for at most ${span(sec)}`,
      values: { [Metric.UNARCHIVED_WAL_SEC]: sec },
      counters,
    };
  },
});

/**
 * The moment up to which all WAL was archived, as far as can be told without memory: a server that has been idle for
 * hours archived nothing for hours, but ends a segment archive_timeout after the first write into it.
 */
function longestAgoSec(
  { readyAtSec, archivedAtSec, nowSec }: z.output<typeof Row>,
  settings: ServerFacts['settings'],
): number {
  const timeoutSec = Number(settings.get('archive_timeout') ?? 0);
  if (timeoutSec === 0) return archivedAtSec;
  const endedAtSec = readyAtSec === 0 ? nowSec : Math.min(readyAtSec, nowSec);
  return Math.max(archivedAtSec, endedAtSec - timeoutSec);
}

/** What may be lost by agreement does not page, nor is what waits for archive_timeout worth a ticket. */
function boundsFor({ server, cluster, thresholds }: Known): { warn: number; page: number } {
  const page = Math.max(thresholds.unarchivedWalSec.page, cluster.rpoSec);
  const timeoutSec = Number(server.settings.get('archive_timeout') ?? 0);
  const warn = Math.max(thresholds.unarchivedWalSec.warn, timeoutSec + ARCHIVER_SEC);
  return { warn: Math.min(warn, page), page };
}
