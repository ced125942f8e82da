import { z } from 'zod';
import { count, span } from '../../doctor/amounts.ts';
import type { Row } from '../diagnosis-record.ts';
import type { Look } from '../part.ts';
import { nameOf } from '../scrub.ts';

/** Sessions of which it is asked who blocks them: each question stops all locking for a moment. */
const MOST_WAITING = 50;
const MOST_SESSIONS = 200;
/** Told in one line. */
const MOST_ROOTS = 2;

/**
 * Sessions that wait for a lock, and those that they wait for.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION
 */
export const BLOCKERS_SQL = `
  WITH edges AS MATERIALIZED (
         SELECT pid, pg_blocking_pids(pid) AS blockers
           FROM (SELECT pid FROM pg_stat_activity
                  WHERE wait_event_type = 'Lock' ORDER BY xact_start LIMIT ${MOST_WAITING}) waiting),
       awaited AS MATERIALIZED (
         SELECT l.pid, min(l.waitstart) AS since, min(c.relname) AS relname
           FROM pg_locks l
           LEFT JOIN pg_class c
             ON c.oid = l.relation
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          WHERE NOT l.granted
          GROUP BY l.pid),
       involved AS (SELECT pid FROM edges UNION SELECT unnest(blockers) FROM edges)
  SELECT i.pid,
         coalesce(a.usename, '')::text AS role,
         coalesce(a.datname, '')::text AS database,
         coalesce(a.state, a.backend_type, 'prepared transaction')::text AS state,
         coalesce(a.wait_event_type || ':' || a.wait_event, '')::text AS wait,
         coalesce(w.relname, '')::text AS table,
         coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS "transactionSec",
         coalesce(extract(epoch FROM clock_timestamp() - w.since), 0)::float8 AS "waitSec",
         coalesce(to_json(e.blockers), '[]') AS blockers
    FROM involved i
    LEFT JOIN pg_stat_activity a ON a.pid = i.pid
    LEFT JOIN edges e ON e.pid = i.pid
    LEFT JOIN awaited w ON w.pid = i.pid
   LIMIT ${MOST_SESSIONS}`;

const Session = z.object({
  /** 0: a prepared transaction, which no process has. */
  pid: z.number(),
  role: z.string(),
  database: z.string(),
  state: z.string(),
  wait: z.string(),
  table: z.string(),
  transactionSec: z.number(),
  waitSec: z.number(),
  blockers: z.array(z.number()),
});
/** A session that waits for another, or that another waits for. */
export type Session = z.output<typeof Session>;

/** A session that waits for nobody, and whom it holds up. */
export interface Root {
  readonly session: Session;
  /** Pids that wait for it, directly or for one that does. */
  readonly holdsUp: readonly number[];
  /** How many stand one behind the other. */
  readonly depth: number;
}

/** Who waits for whom: those who wait for nobody first, that with the most behind it before the others. */
export function blockerRoots(sessions: readonly Session[]): readonly Root[] {
  const waitersOf = new Map<number, number[]>();
  for (const { pid, blockers } of sessions) {
    for (const blocker of new Set(blockers)) {
      waitersOf.set(blocker, [...(waitersOf.get(blocker) ?? []), pid]);
    }
  }
  return sessions
    .filter(({ pid, blockers }) => blockers.length === 0 && waitersOf.has(pid))
    .map((session) => {
      const levels = levelsBehind(session.pid, waitersOf);
      return { session, holdsUp: levels.flat(), depth: levels.length };
    })
    .toSorted((a, b) => b.holdsUp.length - a.holdsUp.length || a.session.pid - b.session.pid);
}

/** What the rows of {@link BLOCKERS_SQL} come to. */
export function blockersLook(rows: readonly unknown[]): Look {
  const sessions = z.array(Session).parse(rows);
  const waiting = sessions.filter(({ blockers }) => blockers.length > 0);
  if (waiting.length === 0) return { says: 'nobody waits for a lock' };
  const roots = blockerRoots(sessions);
  const longest = Math.max(...waiting.map(({ waitSec }) => waitSec));
  const head = `${count(waiting.length, 'session')} waiting, the longest for ${span(longest)}`;
  const causes = roots.slice(0, MOST_ROOTS).map(rootWords);
  const [first] = roots;
  return {
    says: [head, ...(causes.length === 0 ? ['they wait for each other'] : causes)].join('; '),
    rows: sessions.map(toRow),
    ...(first !== undefined && { next: endingOf(first.session) }),
  };
}

/** What ends only the statement does nothing to a session that is idle. */
function endingOf({ pid, state }: Session): string {
  if (pid === 0) return 'SELECT gid, owner, database FROM pg_prepared_xacts';
  return `SELECT ${state === 'active' ? 'pg_cancel_backend' : 'pg_terminate_backend'}(${pid})`;
}

/** Those who wait for `pid`, then those who wait for them, nobody twice. */
function levelsBehind(
  pid: number,
  waitersOf: ReadonlyMap<number, readonly number[]>,
): readonly (readonly number[])[] {
  const seen = new Set([pid]);
  const levels: number[][] = [];
  let level: number[] = [pid];
  while (level.length > 0) {
    level = [...new Set(level.flatMap((one) => waitersOf.get(one) ?? []))].filter(
      (one) => !seen.has(one),
    );
    for (const one of level) seen.add(one);
    if (level.length > 0) levels.push(level);
  }
  return levels;
}

function rootWords({ session, holdsUp, depth }: Root): string {
  const { pid, role, database, state, transactionSec } = session;
  const who =
    pid === 0 ? 'a prepared transaction' : `pid ${pid} (${nameOf(role)} in ${nameOf(database)})`;
  const since = transactionSec > 0 ? `, its transaction ${span(transactionSec)} old` : '';
  return `${who}, ${state}${since}, holds up ${holdsUp.length}, ${depth} deep`;
}

function toRow({ blockers, role, database, table, ...session }: Session): Row {
  return {
    ...session,
    role: nameOf(role),
    database: nameOf(database),
    table: nameOf(table),
    blockers: blockers.join(' '),
  };
}
