import { toOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { HealthSession, HealthSessions, Refusal } from '../ports/health-session.ts';
import type { DatabaseCheck, ServerCheck } from './check.ts';
import { type CheckResult, failedResult, resultOf } from './check-result.ts';
import { blind, type Judgement } from './judgement.ts';
import type { Known } from './known.ts';
import { functionsCalled, ownFunctions } from './own-functions.ts';

/** What checks run with. */
export interface SqlRun {
  readonly known: Known;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Of one query: a check that takes longer is worth less than the time it takes others. */
const QUERY_MS = 500;
/** Databases that one run looks into; of more, it says that it has not seen them. */
const MOST_DATABASES = 50;

/** Runs each check by itself: what one comes to is no other's concern, but for the end of the connection. */
export async function runServerChecks(
  checks: readonly ServerCheck[],
  session: HealthSession,
  { known, clock, signal }: SqlRun,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  let lost: string | undefined;
  for (const check of checks) {
    const startMs = clock.now().getTime();
    const took = (): number => clock.now().getTime() - startMs;
    const query = check.query(known.server);
    if (typeof query !== 'string') {
      results.push(resultOf(check, query, 0));
    } else if (lost !== undefined) {
      results.push(failedResult(check, lost, 0));
    } else {
      try {
        const answer = await session.query(query, QUERY_MS, { signal });
        results.push(
          'refused' in answer
            ? refusedResult(check, answer, took())
            : resultOf(check, check.judge(answer.rows, known), took()),
        );
      } catch (error) {
        lost = codeAndWords(error);
        results.push(failedResult(check, lost, took()));
      }
    }
  }
  return results;
}

/** A check's query, and what it came to in the databases that were asked. */
interface Asked {
  readonly check: DatabaseCheck;
  readonly text: string;
  readonly rows: Readonly<Record<string, unknown>>[];
  /** Why a database was not seen, with its name. */
  readonly unseen: string[];
  tookMs: number;
}

/**
 * Runs the checks in every database, one connection after the other. What is bad in one is told although another could
 * not be seen; what is fine in those that were seen is not called fine.
 */
export async function runDatabaseChecks(
  checks: readonly DatabaseCheck[],
  sessions: HealthSessions,
  run: SqlRun,
): Promise<readonly CheckResult[]> {
  const { server } = run.known;
  const asked: Asked[] = [];
  const unasked: CheckResult[] = [];
  for (const check of checks) {
    const text = check.query(server);
    if (typeof text === 'string') asked.push({ check, text, rows: [], unseen: [], tookMs: 0 });
    else unasked.push(resultOf(check, text, 0));
  }
  if (asked.length > 0) {
    for (const database of server.databases.slice(0, MOST_DATABASES)) {
      await askIn(database, asked, sessions, run);
    }
  }
  const more = server.databases.length - MOST_DATABASES;
  if (more > 0) for (const { unseen } of asked) unseen.push(`${more} more databases`);
  const judged = asked.map(({ check, rows, unseen, tookMs }) =>
    resultOf(check, withUnseen(check.judge(rows, run.known), unseen), tookMs),
  );
  return [...judged, ...unasked];
}

async function askIn(
  database: string,
  asked: readonly Asked[],
  sessions: HealthSessions,
  { clock, signal }: SqlRun,
): Promise<void> {
  try {
    await using session = await sessions.open(database, { signal });
    const called = asked.flatMap(({ text }) => functionsCalled(text));
    const own = called.length === 0 ? undefined : await ownFunctions(session, { signal });
    for (const one of asked) {
      // Whoever may make a database may put others there.
      const strange = functionsCalled(one.text).find((name) => own?.has(name) !== true);
      if (strange !== undefined) {
        one.unseen.push(`${database}: holdfast.${strange} is not init's: run "holdfast init"`);
        continue;
      }
      const startMs = clock.now().getTime();
      const answer = await session.query(one.text, QUERY_MS, { signal });
      one.tookMs += clock.now().getTime() - startMs;
      if ('refused' in answer) one.unseen.push(`${database}: ${answer.why}`);
      else one.rows.push(...answer.rows.map((row) => ({ ...row, database })));
    }
  } catch (error) {
    for (const { unseen } of asked) unseen.push(`${database}: ${codeAndWords(error)}`);
  }
}

function withUnseen(judgement: Judgement, unseen: readonly string[]): Judgement {
  const [first] = unseen;
  if (first === undefined || judgement.standing === 'blind') return judgement;
  const words = `not seen: ${first}${unseen.length > 1 ? `, and ${unseen.length - 1} more` : ''}`;
  if (judgement.standing === 'warn' || judgement.standing === 'page') {
    return { ...judgement, says: `${judgement.says}; ${words}` };
  }
  return blind(words);
}

function refusedResult(check: ServerCheck, { refused, why }: Refusal, tookMs: number): CheckResult {
  if (refused === 'right' || refused === 'absent') return resultOf(check, blind(why), tookMs);
  return failedResult(check, refused === 'slow' ? `took too long: ${why}` : why, tookMs);
}

function codeAndWords(error: unknown): string {
  const { code, message } = toOpsError(error);
  return `${code}: ${message}`;
}
