import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, Num, Text } from '../columns.ts';
import { above, absent, type Finding, type Judgement, waiting } from '../judgement.ts';
import { growth, type Known, perMinute } from '../known.ts';

const ERRORS = 'subscriptions.errors';
const MOST_SUBSCRIPTIONS = 10;
/** A worker that cannot go on is started every five seconds, and counts an error each time. */
const ERRORS_PER_MINUTE = { warn: 0, page: 1 };
const Row = z.object({
  name: Text,
  database: Text,
  errors: Num,
  conflicts: Num,
  enabled: Bool,
  stopsOnError: Bool,
});
type Row = z.output<typeof Row>;

/** Checks of logical subscriptions. */
export const SUBSCRIPTION_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'B10',
    name: 'subscriptions',
    tier: 'B',
    group: 'workload',
    about: 'no logical subscription has met an error since the run before, or stopped at one',
    needs: 'nothing but a login',
    look: 'SELECT * FROM pg_stat_subscription_stats; SELECT subname, pid, last_msg_receipt_time FROM pg_stat_subscription',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SUBSCRIPTION-STATS',
    // Conflicts are counted from 18 on, each kind in a column of its own. The server keeps no numbers of a
    // subscription that never worked: none is no error.
    query: ({ inRecovery }) =>
      inRecovery
        ? absent('a standby runs no subscription', { values: { [Metric.SUBSCRIPTION_ERRORS]: 0 } })
        : `
      SELECT s.subname AS name, coalesce(d.datname, 'none') AS database,
             coalesce(t.apply_error_count, 0) + coalesce(t.sync_error_count, 0) AS errors,
             (SELECT coalesce(sum(c.value::bigint), 0)
                FROM jsonb_each_text(to_jsonb(t)) AS c WHERE c.key LIKE 'confl%') AS conflicts,
             s.subenabled AS enabled, s.subdisableonerr AS "stopsOnError"
        FROM pg_subscription s
        LEFT JOIN pg_database d ON d.oid = s.subdbid
        LEFT JOIN pg_stat_subscription_stats t ON t.subid = s.oid
       ORDER BY errors DESC, s.subname`,
    row: Row,
    judge: (rows, known) =>
      rows.length === 0
        ? absent('there are no subscriptions', { values: { [Metric.SUBSCRIPTION_ERRORS]: 0 } })
        : judged(rows, known),
  }),
];

function judged(rows: readonly Row[], known: Known): Judgement {
  const errors = rows.reduce((sum, row) => sum + row.errors, 0);
  const counters = { [ERRORS]: errors };
  const grown = growth(known.before, ERRORS, errors);
  const stopped = rows.filter(isStopped);
  if (grown === undefined && stopped.length === 0) return waiting(counters);
  // One that stopped counts no more errors, and is no better for it.
  const value = Math.max(grown ?? 0, stopped.length);
  const standing =
    stopped.length > 0 ? 'page' : above(perMinute(known, ERRORS, errors) ?? 0, ERRORS_PER_MINUTE);
  const bad = rows.filter((row) => row.errors > 0 || row.conflicts > 0);
  return {
    standing,
    says: words(grown ?? 0, stopped, rows.length),
    values: { [Metric.SUBSCRIPTION_ERRORS]: value },
    counters,
    ...(standing !== 'ok' && { findings: bad.slice(0, MOST_SUBSCRIPTIONS).map(toFinding) }),
  };
}

function words(grown: number, stopped: readonly Row[], all: number): string {
  const [first] = stopped;
  if (first !== undefined) return `${first.name} stopped at an error`;
  return grown > 0
    ? `${count(grown, 'error')} since the run before`
    : `no new error in ${count(all, 'subscription')}`;
}

/** By itself: whoever disables one that had no error means to. */
function isStopped({ enabled, stopsOnError, errors }: Row): boolean {
  return !enabled && stopsOnError && errors > 0;
}

function toFinding(row: Row): Finding {
  const { name, database, errors, conflicts } = row;
  const kinds = [count(errors, 'error'), ...(conflicts > 0 ? [count(conflicts, 'conflict')] : [])];
  const stopped = isStopped(row) ? ', disabled by the server' : '';
  return { subject: `${database}.${name}`, says: `${kinds.join(', ')} so far${stopped}` };
}
