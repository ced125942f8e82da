import type { HealthThresholds } from '../config/health-thresholds.ts';
import { OpsError, toOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { HealthSession, HealthSessions } from '../ports/health-session.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { SqlCheck } from './check.ts';
import { type CheckResult, failedResult } from './check-result.ts';
import type { FactCheck, FactSource } from './fact-check.ts';
import type { ClusterFacts, Known, ServerFacts } from './known.ts';
import type { ProbeFacts, ProbeKnown } from './probe-facts.ts';
import { lookAtArchived, lookAtClock, lookInStore } from './probe-looks.ts';
import { type ProbeState, rememberingCheck, rememberingFactCheck } from './probe-memory.ts';
import { lookAtStatements } from './probe-statements.ts';
import { meteredSessions, type MeteredSessions } from './probe-meter.ts';
import { readServerFacts } from './read-server-facts.ts';
import { runFactChecks } from './run-fact-checks.ts';
import { runDatabaseChecks, runServerChecks } from './run-sql-checks.ts';

/** What a probe of a database works with. */
export interface ProbeContext {
  readonly cluster: ClusterFacts;
  readonly thresholds: HealthThresholds;
  /** As the role that monitors. */
  readonly sessions: HealthSessions;
  /** The certificate that the server shows; `undefined` where connections are not encrypted. */
  readonly certificate: (options: CallOptions) => Promise<ProbeFacts['certificate']>;
  /** Rejects where nobody says which store is the cluster's: what it would tell is not seen then. */
  readonly store: () => Promise<ObjectStore>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of a whole run, connecting included. @default 25 s */
  readonly limitMs?: number;
  /** Whether to read what statements have taken, too. @default false */
  readonly readsStatements?: boolean;
}

/** What to look at. */
export interface ProbeChecks {
  readonly sql: readonly SqlCheck[];
  readonly facts: readonly FactCheck<ProbeKnown>[];
}

/** What a run came to. */
export interface ProbeRun {
  readonly at: Date;
  readonly isUp: boolean;
  /** Why not, or why it is held to be up. */
  readonly why: string;
  readonly results: readonly CheckResult[];
  readonly cost: ProbeFacts['cost'];
  /** What statements have taken so far, where it was read. */
  readonly statements?: string | undefined;
}

const RUN_MS = 25_000;

/**
 * Runs the checks on the server, in its databases, and on what else the probe learns. A server that does not let the
 * probe in, or lets go of it, fails the checks and not the run; nothing makes it last longer than its limit.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function runProbe(
  checks: ProbeChecks,
  before: ProbeState,
  context: ProbeContext,
): Promise<ProbeRun> {
  const { clock, limitMs = RUN_MS } = context;
  const at = clock.now();
  const startMs = clock.elapsedMs();
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  clock.sleep(limitMs, signal).then(
    () => over.abort(overdue(limitMs)),
    () => undefined,
  );
  const sessions = meteredSessions(context.sessions, clock);
  const cost = (): ProbeFacts['cost'] => ({
    serverMs: sessions.spentMs(),
    wallMs: clock.elapsedMs() - startMs,
  });
  try {
    const looked = await look(checks, before, { ...context, at, sessions, signal, cost });
    context.signal.throwIfAborted();
    return { ...looked, at, cost: cost() };
  } finally {
    over.abort();
  }
}

/** A run that was not made, because of `fault`: of what is known of the server, nothing. */
export function unmadeRun(checks: ProbeChecks, at: Date, fault: OpsError): ProbeRun {
  const why = words(fault);
  const results = [...checks.sql, ...checks.facts].map((check) => failedResult(check, why, 0));
  return { at, isUp: false, why, results, cost: { serverMs: 0, wallMs: 0 } };
}

interface Look extends ProbeContext {
  readonly at: Date;
  readonly sessions: MeteredSessions;
  readonly cost: () => ProbeFacts['cost'];
}
type Looked = Omit<ProbeRun, 'at' | 'cost'>;

async function look(checks: ProbeChecks, before: ProbeState, given: Look): Promise<Looked> {
  await using ends = new AsyncDisposableStack();
  let session: HealthSession;
  let server: ServerFacts;
  try {
    session = ends.use(await given.sessions.open(undefined, given));
    server = await readServerFacts(session, given);
  } catch (error) {
    return await lookFromOutside(checks, before, toOpsError(error), given);
  }
  const known: Known = { ...knownOf(given), server };
  const run = { ...given, known };
  const sql = checks.sql.map((check) => rememberingCheck(check, before));
  const ofServer = sql.filter((check) => check.from === 'server');
  const ofDatabases = sql.filter((check) => check.from === 'databases');
  // Before anything else is under way on the connection.
  const [clockLook] = await Promise.allSettled([lookAtClock(session, given.clock, given)]);
  const results = [
    ...(await runServerChecks(ofServer, session, run)),
    ...(await runDatabaseChecks(ofDatabases, given.sessions, run)),
  ];
  const statements =
    given.readsStatements === true
      ? await lookAtStatements(session, server, given.clock, given)
      : undefined;
  const { cluster } = given.cluster;
  const place = { cluster, major: server.major };
  const why = `it let ${server.user} in, and answered`;
  const sources: Sources = {
    up: async () => ({ isUp: true, why }),
    certificate: async (signal) => given.certificate({ signal }),
    clock: async () => valueOf(clockLook),
    lastArchived: async (signal) => {
      const store = await given.store();
      return lookInStore(await lookAtArchived(session, place, { signal }), store, { signal });
    },
    cost: async () => given.cost(),
  };
  return {
    isUp: true,
    why,
    statements,
    results: [...results, ...(await judgeFacts(checks, before, sources, given))],
  };
}

/** All that is known of a server that one does not get into is that. */
async function lookFromOutside(
  checks: ProbeChecks,
  before: ProbeState,
  fault: OpsError,
  given: Look,
): Promise<Looked> {
  const why = words(fault);
  const unknown = async (): Promise<never> => Promise.reject(fault);
  const sources: Sources = {
    up: async () => ({ isUp: false, why }),
    certificate: unknown,
    clock: unknown,
    lastArchived: unknown,
    cost: async () => given.cost(),
  };
  const results = [
    ...checks.sql.map((check) => failedResult(check, why, 0)),
    ...(await judgeFacts(checks, before, sources, given)),
  ];
  return { isUp: false, why, results };
}

type Sources = {
  readonly [N in keyof ProbeFacts]: (signal: AbortSignal) => Promise<ProbeFacts[N]>;
} & Readonly<Record<string, FactSource>>;

async function judgeFacts(
  { facts }: ProbeChecks,
  before: ProbeState,
  sources: Sources,
  given: Look,
): Promise<readonly CheckResult[]> {
  const checks = facts.map((check) => rememberingFactCheck(check, before));
  return runFactChecks(checks, sources, { ...given, known: knownOf(given) });
}

function knownOf({ at, cluster, thresholds }: Look): ProbeKnown {
  return { now: at, cluster, thresholds, before: undefined };
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'fulfilled') return settled.value;
  throw settled.reason;
}

function words({ code, message }: OpsError): string {
  return `${code}: ${message}`;
}

function overdue(limitMs: number): OpsError {
  return new OpsError('PG-TIMEOUT', `the probe took longer than ${limitMs / 1_000} s`, {
    hint: 'see which check takes long: "holdfast health --json" gives each its time',
  });
}
