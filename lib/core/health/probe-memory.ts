import { type CheckAbout, isDue, type SqlCheck } from './check.ts';
import type { CheckResult } from './check-result.ts';
import type { FactCheck } from './fact-check.ts';
import { blind, type Judgement } from './judgement.ts';
import type { Sample } from './known.ts';
import type { ProbeKnown } from './probe-facts.ts';

/** What one run leaves to the next. */
export interface ProbeState {
  /** Runs in a row that did not get into the server. */
  readonly failedRuns: number;
  /** The newest counters of each check, by its id. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** What each check came to last, and when, by its id. */
  readonly latest: ReadonlyMap<string, { readonly at: Date; readonly result: CheckResult }>;
}

/** Where a process keeps the state: made once, and given to every run. */
export interface ProbeMemory {
  state: ProbeState;
}

const NOTHING: ProbeState = { failedRuns: 0, samples: new Map(), latest: new Map() };
const MINUTE_MS = 60_000;
/** A failed check that is due more seldom is made again each time so many minutes have passed. */
const RETRY_MINUTES = 5;
const SAYING_NOTHING = new Set(['failed', 'waiting']);

/** A memory without any run. */
export function probeMemory(): ProbeMemory {
  return { state: NOTHING };
}

/** The state after a run. Counters stay with their own time: not every check is due in every run. */
export function afterRun(
  before: ProbeState,
  { at, isUp, results }: { at: Date; isUp: boolean; results: readonly CheckResult[] },
): ProbeState {
  const counted = results.flatMap(({ id, counters }) =>
    counters === undefined ? [] : [[id, { at, counters }] as const],
  );
  return {
    failedRuns: isUp ? 0 : before.failedRuns + 1,
    samples: new Map([...before.samples, ...counted]),
    latest: new Map([
      ...before.latest,
      ...results.map((result) => [result.id, { at, result }] as const),
    ]),
  };
}

/** Whether a check has to be made again: what it came to last is too old, half a minute left out, or says nothing. */
export function isStale({ latest }: ProbeState, check: CheckAbout, now: Date): boolean {
  const last = latest.get(check.id);
  if (last === undefined || SAYING_NOTHING.has(last.result.standing)) return true;
  const { everyMinutes = 1 } = check;
  return now.getTime() - last.at.getTime() >= (everyMinutes - 0.5) * MINUTE_MS;
}

/**
 * Whether a check is to be made in a run: when it is due, and once it failed, at most every five minutes until it does
 * not. A server that was away for the one minute in which it was due is no trouble for an hour.
 */
export function isWanted({ latest }: ProbeState, check: CheckAbout, minute: number): boolean {
  if (isDue(check, minute)) return true;
  const hasFailed = latest.get(check.id)?.result.standing === 'failed';
  const everyMinutes = Math.min(check.everyMinutes ?? 1, RETRY_MINUTES);
  return hasFailed && isDue({ ...check, everyMinutes }, minute);
}

/** What each of `checks` came to last, unless that is older than two of its runs: then nobody knows any more. */
export function newestResults(
  { latest }: ProbeState,
  checks: readonly CheckAbout[],
  now: Date,
): readonly CheckResult[] {
  return checks.flatMap(({ id, everyMinutes = 1 }) => {
    const last = latest.get(id);
    if (last === undefined) return [];
    const isOld = now.getTime() - last.at.getTime() > 2 * everyMinutes * MINUTE_MS;
    return isOld ? [] : [last.result];
  });
}

/** A check that compares with its own run before, and is blind where its own rules fail. */
export function rememberingCheck<C extends SqlCheck>(check: C, { samples }: ProbeState): C {
  const before = samples.get(check.id);
  return {
    ...check,
    query: (server) => guarded(() => check.query(server)),
    judge: (rows, known) => guarded(() => check.judge(rows, { ...known, before })),
  };
}

/** The same for a check of a fact. */
export function rememberingFactCheck(
  check: FactCheck<ProbeKnown>,
  { samples }: ProbeState,
): FactCheck<ProbeKnown> {
  const before = samples.get(check.id);
  return {
    ...check,
    judge: (fact, known) => guarded(() => check.judge(fact, { ...known, before })),
  };
}

/** One check's fault is no other's, and never called fine. */
function guarded<T>(work: () => T): T | Judgement {
  try {
    return work();
  } catch (error) {
    return blind(`its own rules failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
