import { OpsError } from '../errors/ops-error.ts';
import type { HealthSession, HealthSessions } from '../ports/health-session.ts';
import type { PastReports } from '../ports/past-reports.ts';
import type { PartId } from './diagnosis-record.ts';
import { attempt, faultWords, type Outcome, rowsOf } from './part.ts';
import { BLOCKERS_SQL, blockersLook } from './parts/blockers.ts';
import { DATABASES_SQL, diskLook, ROOM_SQL } from './parts/disk.ts';
import { HORIZON_SQL, horizonLook } from './parts/horizon.ts';
import { queriesLook } from './parts/queries.ts';
import { parseServer, type Server, SERVER_SQL, serverLook } from './parts/server.ts';
import { readingOf, type StatementReading, statementsSql } from './statement-reading.ts';
import { type Timing, within } from './within.ts';

/** Looks at the server itself. */
export type ServerPart = Extract<PartId, 'server' | 'blockers' | 'horizon' | 'queries' | 'disk'>;

/** What a look at the server works with. */
export interface ServerDeps extends Timing {
  readonly openSessions: (signal: AbortSignal) => Promise<HealthSessions>;
  readonly past: PastReports;
  /** After which no query is waited for, by the clock's elapsed time. */
  readonly untilMs: number;
}

const OPEN_MS = 3_000;
const QUERY_MS = 700;
/** Of an answer, besides. */
const WAY_BACK_MS = 200;
const PAST_MS = 1_500;
/** So far back the statements are compared with what the probe wrote down. */
const FIVE_MINUTES_MS = 300_000;
/** Without that, the two readings are so far apart. */
const APART_MS = 3_000;
/** What the second reading itself may take, and the answer's way back. */
const LAST_QUERY_MS = 1_200;

/** Looks at the server, in one session; of a server that is down every part says why. Never throws. */
export async function lookAtServer(
  deps: ServerDeps,
): Promise<Readonly<Record<ServerPart, Outcome>>> {
  try {
    await using session = await within(OPEN_MS, deps, async (signal) => {
      const sessions = await deps.openSessions(signal);
      return sessions.open(undefined, { signal });
    });
    return await lookIn(session, deps);
  } catch (error) {
    const missing = { missing: faultWords(error) };
    return {
      server: missing,
      blockers: missing,
      horizon: missing,
      queries: missing,
      disk: missing,
    };
  }
}

async function lookIn(
  session: HealthSession,
  deps: ServerDeps,
): Promise<Readonly<Record<ServerPart, Outcome>>> {
  const past = fiveMinutesAgo(deps);
  const ask = async (statement: string): Promise<readonly unknown[]> => {
    const rows = await askOrWhy(session, statement, deps);
    if (typeof rows === 'string') throw new OpsError('PG-FAILED', rows);
    return rows;
  };
  let about: Server | undefined;
  const server = await attempt(async () => {
    about = parseServer(await ask(SERVER_SQL));
    return serverLook(about);
  });
  const schema = about?.statementsIn ?? undefined;
  const first = await readStatements(schema, session, deps);
  const blockers = await attempt(async () => blockersLook(await ask(BLOCKERS_SQL)));
  const horizon = await attempt(async () => horizonLook(await ask(HORIZON_SQL)));
  const disk = await attempt(async () =>
    diskLook(await ask(ROOM_SQL), await askOrWhy(session, DATABASES_SQL, deps)),
  );
  const queries = await attempt(async () => {
    if (typeof first === 'string') throw new OpsError('PG-FAILED', first);
    const before = await past;
    if (before !== undefined) return queriesLook(before, first);
    await untilApart(first, deps);
    const second = await readStatements(schema, session, deps);
    if (typeof second === 'string') throw new OpsError('PG-FAILED', second);
    return queriesLook(first, second);
  });
  return { server, blockers, horizon, queries, disk };
}

/** The rows, or why the server refused them, in words without literals. */
async function askOrWhy(
  session: HealthSession,
  statement: string,
  deps: ServerDeps,
): Promise<readonly unknown[] | string> {
  const leftMs = deps.untilMs - deps.clock.elapsedMs();
  if (leftMs <= 0) return 'no time was left';
  const limitMs = Math.min(QUERY_MS, leftMs);
  return rowsOf(
    await within(limitMs + WAY_BACK_MS, deps, async (signal) =>
      session.query(statement, limitMs, { signal }),
    ),
  );
}

async function readStatements(
  schema: string | undefined,
  session: HealthSession,
  deps: ServerDeps,
): Promise<StatementReading | string> {
  if (schema === undefined) return 'pg_stat_statements is not in this database';
  const at = deps.clock.now();
  const rows = await askOrWhy(session, statementsSql(schema), deps);
  return typeof rows === 'string' ? rows : readingOf(rows, at);
}

/** What the probe wrote down; `undefined` when it cannot be read, because the server itself can still be asked twice. */
async function fiveMinutesAgo(deps: ServerDeps): Promise<StatementReading | undefined> {
  const at = new Date(deps.clock.now().getTime() - FIVE_MINUTES_MS);
  try {
    return await within(PAST_MS, deps, async (signal) => deps.past.statements(at, { signal }));
  } catch {
    return undefined;
  }
}

async function untilApart(
  { at }: StatementReading,
  { clock, untilMs, signal }: ServerDeps,
): Promise<void> {
  const passedMs = clock.now().getTime() - at.getTime();
  const leftMs = untilMs - clock.elapsedMs() - LAST_QUERY_MS;
  const waitMs = Math.min(APART_MS - passedMs, leftMs);
  if (waitMs > 0) await clock.sleep(waitMs, signal);
}
