import { Event } from '../contract/events.ts';
import { isOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { SecretVersions } from '../ports/secret-versions.ts';
import type { AnswerMemory } from './answer-memory.ts';
import { assertToken, readTokens } from './answer-token.ts';
import type { CheckResult } from './check-result.ts';
import type { HealthRequest, HealthResponse } from './health-request.ts';
import { afterRun, isStale } from './probe-memory.ts';
import { type ProbeChecks, type ProbeContext, runProbe } from './probe-run.ts';
import { readReadiness } from './readiness.ts';
import { healthReport, type HealthReport } from './report.ts';

/** What {@link answerHealth} works with. */
export interface AnswerContext {
  readonly memory: AnswerMemory;
  readonly checks: ProbeChecks;
  /** ARN of the secret with the token. */
  readonly secret: string;
  readonly secrets: SecretVersions;
  /** Called only where the server is to be asked. */
  readonly probe: () => Promise<ProbeContext>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** An answer before it is put into words of HTTP. */
interface Answer {
  readonly status: number;
  readonly document?: object;
}

const OK = 200;
const UNAUTHORIZED: Answer = { status: 401 };
const UNKNOWN_PATH: Answer = { status: 404 };
const WRONG_METHOD: Answer = { status: 405 };
const UNAVAILABLE = 503;
const SEEING_NOTHING: ReadonlySet<CheckResult['standing']> = new Set(['failed', 'blind']);

const PATHS: Readonly<Record<string, (context: AnswerContext) => Promise<Answer>>> = {
  '/live': async () => ({ status: OK, document: { isLive: true } }),
  '/ready': async (context) => {
    const readiness = await context.memory.readiness.get(context.clock, async () =>
      readReadiness(await context.probe()),
    );
    return { status: readiness.isReady ? OK : UNAVAILABLE, document: readiness };
  },
  '/basic': async (context) => {
    const report = await currentReport(context);
    const { standing, at } = report;
    return { status: statusOf(report), document: { standing, at } };
  },
  '/detailed': async (context) => {
    const report = await currentReport(context);
    return { status: statusOf(report), document: report };
  },
};

/**
 * Answers a monitor outside: `/live`, `/ready`, `/basic` and `/detailed`, to GET and to who shows the token. 503 says
 * that the server is not ready, or that something pages or nobody can see whether data is at risk. Answers are kept, 5 s of readiness and 30 s of a report: the
 * server is asked no more often, whoever asks.
 *
 * @throws {@link OpsError} when the deployment's secrets or certificates cannot be read; `SECRET-MALFORMED`.
 */
export async function answerHealth(
  request: HealthRequest,
  context: AnswerContext,
): Promise<HealthResponse> {
  const { status, document } = await answerOf(request, context);
  // What strangers ask for has no place in a log: it may be anything.
  const path = Object.hasOwn(PATHS, request.path) ? request.path : 'another';
  context.log.info(Event.HEALTH_ANSWERED, { path, status });
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(status === UNAUTHORIZED.status && { 'www-authenticate': 'Bearer' }),
      ...(status === WRONG_METHOD.status && { allow: 'GET' }),
    },
    body: document === undefined ? '' : JSON.stringify(document),
  };
}

async function answerOf(
  { path, method, authorization }: HealthRequest,
  context: AnswerContext,
): Promise<Answer> {
  const { memory, secrets, secret, clock, signal } = context;
  const tokens = await memory.tokens.get(clock, async () =>
    readTokens(secrets, secret, { signal }),
  );
  try {
    assertToken(authorization, tokens);
  } catch (error) {
    if (isOpsError(error, 'HEALTH-UNAUTHORIZED')) return UNAUTHORIZED;
    throw error;
  }
  const answer = Object.hasOwn(PATHS, path) ? PATHS[path] : undefined;
  if (answer === undefined) return UNKNOWN_PATH;
  return method === 'GET' ? answer(context) : WRONG_METHOD;
}

/** Of checks that are seldom due, what they came to last. */
async function currentReport({
  memory,
  checks,
  probe,
  clock,
}: AnswerContext): Promise<HealthReport> {
  return memory.report.get(clock, async () => {
    const { state } = memory.probe;
    const now = clock.now();
    const due: ProbeChecks = {
      sql: checks.sql.filter((check) => isStale(state, check, now)),
      facts: checks.facts.filter((check) => isStale(state, check, now)),
    };
    const context = await probe();
    const run = await runProbe(due, state, context);
    memory.probe.state = afterRun(state, run);
    const latest = [...memory.probe.state.latest.values()].map(({ result }) => result);
    return healthReport(context.cluster.cluster, { at: run.at, results: latest });
  });
}

/** A check of tier A that says nothing is as bad as one that pages: whoever asks here sees no alarm of blind checks. */
function statusOf({ standing, checks }: HealthReport): number {
  const isUnseen = checks.some((one) => one.tier === 'A' && SEEING_NOTHING.has(one.standing));
  return standing === 'page' || isUnseen ? UNAVAILABLE : OK;
}
