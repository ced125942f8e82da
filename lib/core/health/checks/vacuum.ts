import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count, span } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, MaybeText, Num } from '../columns.ts';
import { blind, type Judgement, ok, warn } from '../judgement.ts';
import type { Known } from '../known.ts';
import { fewest, MOST_FINDINGS, SEES_SESSIONS, SESSIONS_HIDDEN } from '../ticket.ts';

/** When all workers began to be busy; 0 while they are not. */
const BUSY_SINCE = 'C6.busySinceSec';
/** All at work for a while is what they are there for. */
const LONG_BUSY_SEC = 3_600;
const SOURCE = 'https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM';

const Worker = z.object({
  pid: Num,
  database: MaybeText,
  task: MaybeText,
  sec: Num,
});
const Row = z.object({ sees: Bool, workers: z.array(Worker), running: Num });

/** Checks of autovacuum's workers. */
export const VACUUM_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'C6',
    name: 'autovacuum-busy',
    tier: 'C',
    group: 'vacuum',
    about: 'autovacuum is on, and its workers are not all at work for hours',
    needs: 'pg_monitor',
    look: `SELECT pid, datname, query, now() - xact_start AS age FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'`,
    source: SOURCE,
    // The text of a worker's query is the server's own and names a table; it has no literal.
    query: () => `
      WITH worker AS MATERIALIZED (
        SELECT pid, datname::text AS database, substring(query FROM '^autovacuum: (.*)$') AS task,
               extract(epoch FROM clock_timestamp() - coalesce(xact_start, backend_start))::float8 AS sec
          FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')
      SELECT ${SEES_SESSIONS} AS sees,
             (SELECT count(*) FROM worker)::int AS running,
             (SELECT coalesce(json_agg(w), '[]')
                FROM (SELECT * FROM worker ORDER BY sec DESC LIMIT ${MOST_FINDINGS}) w) AS workers`,
    row: Row,
    judge: ([row], known) => {
      if (row === undefined) return blind('the server gave no row');
      if (!row.sees) return SESSIONS_HIDDEN;
      const { settings } = known.server;
      const off = ['autovacuum', 'track_counts'].find((name) => settings.get(name) === 'off');
      if (off !== undefined) {
        const values = { [Metric.AUTOVACUUM_BUSY_PERCENT]: 0, [Metric.VACUUM_TROUBLES]: 1 };
        return warn(`${off} is off: nothing vacuums but what must not wrap around`, { values });
      }
      return judgeBusy(row, Number(settings.get('autovacuum_max_workers') ?? Number.NaN), known);
    },
  }),
];

function judgeBusy(
  { running, workers }: z.output<typeof Row>,
  most: number,
  { now, before, thresholds }: Known,
): Judgement {
  if (!(most > 0)) return blind('autovacuum_max_workers is not to be seen');
  const percent = Math.min(100, (100 * running) / most);
  const nowSec = now.getTime() / 1_000;
  const isBusy = percent > thresholds.autovacuumBusyPercent.warn;
  const since = isBusy ? before?.counters[BUSY_SINCE] || nowSec : 0;
  const busySec = isBusy ? nowSec - since : 0;
  const extras = {
    values: { [Metric.AUTOVACUUM_BUSY_PERCENT]: percent },
    counters: { [BUSY_SINCE]: since },
    ...fewest(
      workers.map(({ pid, database, task, sec }) => ({
        subject: `pid ${pid}`,
        says: `${task ?? 'between tables'} in ${database ?? 'no database'} for ${span(sec)}`,
      })),
    ),
  };
  const says = `${running} of ${count(most, 'worker')} at work`;
  return busySec > LONG_BUSY_SEC
    ? warn(`${says}, seen so for ${span(busySec)}`, extras)
    : ok(says, extras);
}
