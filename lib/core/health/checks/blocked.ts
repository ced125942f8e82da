import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count, span } from '../../doctor/amounts.ts';
import { type BlockingRoot, blockingRoots } from '../blocking-roots.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Num } from '../columns.ts';
import { above, blind, type Finding, ok } from '../judgement.ts';
import { SEES_SESSIONS, Sees, Session, sessionColumns, sessionsUnseen } from './session-sight.ts';

/** pg_blocking_pids stops all locking for a moment, once for each that is asked about. */
const MOST_WAITERS = 50;
/** Of one that waits: hundreds may share what it wants for itself alone. */
const MOST_BLOCKERS = 20;
const MOST_ROOTS = 5;
/** Shorter waits are how locks work. */
const SHORTEST_WAIT_SEC = 1;
/**
 * Advisory locks are an application's own: one that elects a leader waits for ever, and means to. Only CREATE INDEX
 * CONCURRENTLY and its like wait for a virtualxid: for old transactions, which have a check, and in nobody's way.
 * Autovacuum waits for a second, then gives way.
 */
const WAITING = `
  a.wait_event_type = 'Lock' AND a.wait_event NOT IN ('advisory', 'virtualxid')
  AND a.backend_type <> 'autovacuum worker'`;

/** Checks of sessions that wait for locks. */
export const BLOCKED_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'B12',
    name: 'sessions-blocked',
    tier: 'B',
    group: 'sessions',
    about: 'no session has long waited for a lock of another; advisory locks are left out',
    needs: 'pg_monitor',
    look: `SELECT a.pid, a.usename, a.state, now() - a.xact_start AS age, w.pid AS keeps FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid WHERE w.wait_event_type = 'Lock'`,
    source:
      'https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION-TABLE',
    // waitstart is NULL for the first moment of a wait, which counts as none.
    query: () => `
      WITH waiting AS MATERIALIZED (
        SELECT a.pid,
               greatest(0, extract(epoch FROM
                 clock_timestamp() - coalesce(l.waitstart, clock_timestamp())))::float8 AS sec
          FROM pg_stat_activity a
          LEFT JOIN (SELECT pid, min(waitstart) AS waitstart FROM pg_locks WHERE NOT granted GROUP BY pid) l
            ON l.pid = a.pid
         WHERE ${WAITING}
      ), waits AS MATERIALIZED (
        SELECT w.pid, b.pid AS by
          FROM (SELECT pid FROM waiting ORDER BY sec DESC LIMIT ${MOST_WAITERS}) w
         CROSS JOIN LATERAL (
           SELECT DISTINCT unnest(pg_blocking_pids(w.pid)) ORDER BY 1 LIMIT ${MOST_BLOCKERS}) AS b (pid)
      )
      SELECT ${SEES_SESSIONS},
             (SELECT count(*) FROM waiting WHERE sec >= ${SHORTEST_WAIT_SEC}) AS blocked,
             (SELECT coalesce(max(sec), 0) FROM waiting) AS sec,
             (SELECT coalesce(json_agg(waits), '[]') FROM waits) AS waits,
             coalesce(
               (SELECT json_agg(s)
                  FROM (SELECT ${sessionColumns('a.xact_start')}
                          FROM pg_stat_activity a
                         WHERE a.pid IN (SELECT by FROM waits) AND a.pid NOT IN (SELECT pid FROM waits)) s),
               '[]') AS blockers`,
    row: Sees.extend({
      blocked: Num,
      sec: Num,
      waits: z.object({ pid: Num, by: Num }).array(),
      blockers: Session.array(),
    }),
    judge: ([row], { thresholds }) => {
      if (row === undefined) return blind('pg_stat_activity gave no row');
      if (!row.sees) return sessionsUnseen();
      const { blocked, sec, waits, blockers } = row;
      const values = { [Metric.BLOCKED_SEC]: sec };
      const roots = blockingRoots(waits);
      const { blockedSec, blockedSessions } = thresholds;
      const standing = above(sec, blockedSec);
      // Many that wait are worth a look however young; only a long wait is worth a night.
      const many = blocked > blockedSessions.page ? 'warn' : 'ok';
      const worst = standing === 'ok' ? many : standing;
      if (worst === 'ok' && blocked === 0) return ok('nobody waits for a lock', { values });
      return {
        standing: worst,
        says: `${count(blocked, 'session')} blocked, the longest for ${span(sec)}`,
        values,
        findings: roots.slice(0, MOST_ROOTS).map((root) => toFinding(root, blockers)),
      };
    },
  }),
];

function toFinding({ pid, waiting }: BlockingRoot, blockers: readonly Session[]): Finding {
  const waits = `${count(waiting, 'session')} ${waiting === 1 ? 'waits' : 'wait'} for it`;
  if (pid === 0) return { subject: 'a prepared transaction', says: waits };
  const session = blockers.find((one) => one.pid === pid);
  if (session === undefined) return { subject: `process ${pid}`, says: waits };
  const { role, database, state, sec } = session;
  return {
    subject: `process ${pid}`,
    says: `${waits}: ${role} in ${database}, ${state}, in a transaction for ${span(sec)}`,
  };
}
