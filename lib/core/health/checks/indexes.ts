import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { bytes, span } from '../../doctor/amounts.ts';
import { type DatabaseCheck, databaseCheck } from '../check.ts';
import { Bool, MaybeText, Num, Text } from '../columns.ts';
import { absent, ok } from '../judgement.ts';
import { fewest, SEES_SESSIONS, SESSIONS_HIDDEN, uncounted } from '../ticket.ts';
import { INVALID, REDUNDANT, unused } from './index-queries.ts';

/** Statistics over less than this know nothing of what runs once a month. */
const LONG_SEC = 30 * 86_400;
const ABOUT = { tier: 'C', group: 'schema' } as const;
const HOURLY = { everyMinutes: 60 } as const;

/** Checks of indexes: those that are broken, and those that cost without use. */
export const INDEX_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    ...ABOUT,
    ...HOURLY,
    id: 'C12',
    name: 'unused-indexes',
    about: 'a report: indexes that no query of the last 30 days used',
    needs: 'track_counts, for 30 days',
    look: 'SELECT indexrelid::regclass, idx_scan, pg_size_pretty(pg_relation_size(indexrelid)) FROM pg_stat_user_indexes ORDER BY idx_scan, pg_relation_size(indexrelid) DESC LIMIT 10',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW',
    atMinute: 23,
    query: (server) => uncounted(server) ?? unused(server.major),
    row: z.object({ since: z.date(), index: MaybeText, bytes: Num }),
    judge: (rows, { now }) => {
      const sec = rows.map(({ since }) => (now.getTime() - since.getTime()) / 1_000);
      const longest = Math.max(...sec);
      if (rows.length === 0) return absent('no database was seen');
      if (longest < LONG_SEC) {
        return absent(`the server has counted for ${span(longest)}, which is too short to tell`);
      }
      const known = rows.filter((_, index) => (sec[index] ?? 0) >= LONG_SEC);
      const found = known.filter(({ index }) => index !== null).sort((a, b) => b.bytes - a.bytes);
      return ok(`${found.length} indexes that nothing used for 30 days`, {
        ...fewest(
          found.map(({ database, index, bytes: size }) => ({
            subject: `${database}: ${index ?? ''}`,
            says: `about ${bytes(size)}; a standby may use it, or a query of another season`,
          })),
        ),
      });
    },
  }),
  databaseCheck({
    ...ABOUT,
    ...HOURLY,
    id: 'C13',
    name: 'redundant-indexes',
    about: 'a report: indexes that another one of the table can stand in for',
    needs: 'nothing but PUBLIC’s rights',
    look: 'SELECT indrelid::regclass, array_agg(indexrelid::regclass) FROM pg_index GROUP BY indrelid, indkey, indclass, indcollation HAVING count(*) > 1',
    source: 'https://www.postgresql.org/docs/current/indexes-multicolumn.html',
    atMinute: 29,
    query: () => REDUNDANT,
    row: z.object({ index: Text, other: Text, same: Bool, bytes: Num }),
    judge: (rows) =>
      ok(`${rows.length} indexes that others can stand in for`, {
        ...fewest(
          rows.map(({ database, index, other, same, bytes: size }) => ({
            subject: `${database}: ${index}`,
            says: `about ${bytes(size)}; ${same ? 'the same as' : 'a beginning of'} ${other}`,
          })),
        ),
      }),
  }),
  databaseCheck({
    ...ABOUT,
    id: 'C14',
    name: 'invalid-indexes',
    about: 'no build of an index was given up and left behind',
    needs: 'pg_monitor, to tell it from a build under way',
    look: 'SELECT indexrelid::regclass, indrelid::regclass, indisready FROM pg_index WHERE NOT indisvalid',
    source:
      'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
    everyMinutes: 5,
    atMinute: 3,
    query: () =>
      `SELECT ${SEES_SESSIONS} AS sees, i.* FROM (SELECT) one LEFT JOIN (${INVALID}) i ON true`,
    row: z.object({ sees: Bool, index: MaybeText, table: MaybeText, ready: Bool.nullable() }),
    judge: (rows) => {
      if (rows.some(({ sees }) => !sees)) return SESSIONS_HIDDEN;
      const found = rows.filter(({ index }) => index !== null);
      return {
        standing: found.length > 0 ? 'warn' : 'ok',
        says: `${found.length} indexes not valid, and nobody builds them`,
        values: { [Metric.INVALID_INDEXES]: found.length },
        ...fewest(
          found.map(({ database, index, table, ready }) => ({
            subject: `${database}: ${index ?? ''}`,
            says: `of ${table ?? 'no table'}; ${ready === true ? 'every write keeps it up' : 'no write keeps it up'}`,
          })),
        ),
      };
    },
  }),
];
