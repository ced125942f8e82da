import type { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count, span } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import type { Bounds } from '../../config/health-thresholds.ts';
import { above, blind, type Finding, type Judgement } from '../judgement.ts';
import { SEES_SESSIONS, Sees, Session, sessionColumns, sessionsUnseen } from './session-sight.ts';

const MOST_SESSIONS = 5;
const ACTIVITY =
  'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW';
/**
 * Dumps keep one snapshot for as long as they take, as Holdfast's own sessions may: both end by themselves, and the
 * horizon that they hold is the check of it.
 */
const OURS_AND_DUMPS = `a.application_name NOT LIKE 'pg_dump%' AND a.application_name NOT LIKE 'holdfast%'`;
/**
 * Upkeep that takes its time, and that somebody asked for. Whom it makes wait is told by checks/blocked.ts.
 *
 * @see https://www.postgresql.org/docs/current/progress-reporting.html
 */
const NO_UPKEEP = `
  a.application_name NOT LIKE 'pg_restore%' AND a.application_name NOT IN ('vacuumdb', 'reindexdb')
  AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum p WHERE p.pid = a.pid)
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.pid = a.pid)
  AND NOT EXISTS (SELECT FROM pg_stat_progress_cluster p WHERE p.pid = a.pid)`;
const Row = Sees.extend({ sessions: Session.array() });

/** Checks of sessions that others may have to wait for. Who waits is told by checks/blocked.ts. */
export const SESSION_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'B13',
    name: 'idle-in-transaction',
    tier: 'B',
    group: 'sessions',
    about: 'no client keeps a transaction open and does nothing in it',
    needs: 'pg_monitor',
    look: `SELECT pid, usename, datname, application_name, now() - state_change AS idle FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY state_change`,
    source: ACTIVITY,
    query: ({ settings }) =>
      unnoted(settings) ??
      longest('a.state_change', `a.state LIKE 'idle in transaction%' AND ${OURS_AND_DUMPS}`),
    row: Row,
    judge: ([row], { thresholds }) =>
      row === undefined
        ? blind('pg_stat_activity gave no row')
        : judged(row, thresholds.idleInTransactionSec, {
            metric: Metric.IDLE_IN_TRANSACTION_SEC,
            does: 'idle in a transaction',
          }),
  }),
  serverCheck({
    id: 'B14',
    name: 'long-transaction',
    tier: 'B',
    group: 'sessions',
    about:
      'no transaction of a client is old; dumps, restores, upkeep and replication are not looked at',
    needs: 'pg_monitor',
    look: `SELECT pid, usename, datname, state, application_name, now() - xact_start AS age FROM pg_stat_activity WHERE backend_type = 'client backend' AND xact_start IS NOT NULL ORDER BY xact_start`,
    source: ACTIVITY,
    query: ({ settings }) =>
      unnoted(settings) ?? longest('a.xact_start', `${OURS_AND_DUMPS} AND ${NO_UPKEEP}`),
    row: Row,
    judge: ([row], { thresholds }) =>
      row === undefined
        ? blind('pg_stat_activity gave no row')
        : judged(row, thresholds.longTransactionSec, {
            metric: Metric.LONG_TRANSACTION_SEC,
            does: 'in one transaction',
          }),
  }),
];

/** Of sessions that the server keeps no notes of, none would be in a transaction. */
function unnoted(settings: ReadonlyMap<string, string>): Judgement | undefined {
  return settings.get('track_activities') === 'off'
    ? blind('track_activities is off, so the server does not say what sessions do')
    : undefined;
}

/** Clients for which `where` holds, those first that have been so since longest. */
function longest(since: string, where: string): string {
  return `
    SELECT ${SEES_SESSIONS},
           coalesce(
             (SELECT json_agg(s)
                FROM (SELECT ${sessionColumns(since)}
                        FROM pg_stat_activity a
                       WHERE a.backend_type = 'client backend' AND ${since} IS NOT NULL AND ${where}
                       ORDER BY ${since}
                       LIMIT ${MOST_SESSIONS}) s),
             '[]') AS sessions`;
}

function judged(
  { sees, sessions }: z.output<typeof Row>,
  bounds: Bounds,
  { metric, does }: { readonly metric: SessionMetric; readonly does: string },
): Judgement {
  if (!sees) return sessionsUnseen();
  const [first] = sessions;
  const values = { [metric]: first?.sec ?? 0 };
  if (first === undefined) return { standing: 'ok', says: `nobody is ${does}`, values };
  const tooLong = sessions.filter(({ sec }) => sec > bounds.warn);
  const others = tooLong.length > 1 ? `, and ${count(tooLong.length - 1, 'other')} for long` : '';
  return {
    standing: above(first.sec, bounds),
    says: `process ${first.pid} of ${first.role} has been ${does} for ${span(first.sec)}${others}`,
    values,
    findings: tooLong.map(toFinding),
  };
}

type SessionMetric = typeof Metric.IDLE_IN_TRANSACTION_SEC | typeof Metric.LONG_TRANSACTION_SEC;

function toFinding({ pid, role, database, state, sec }: Session): Finding {
  return { subject: `process ${pid}`, says: `${role} in ${database}, ${state}, ${span(sec)}` };
}
