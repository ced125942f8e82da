import { isOpsError, toOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import { type CheckResult, failedResult, resultOf } from './check-result.ts';
import type { FactCheck, FactSource } from './fact-check.ts';
import { blind } from './judgement.ts';

/** What {@link runFactChecks} works with. */
export interface FactRun<K> {
  readonly known: K;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Codes of what may not be seen: the check is blind, not broken. */
const BLINDING = new Set(['AWS-DENIED', 'AWS-ABSENT', 'STORE-DENIED', 'STORE-MISSING']);

/**
 * Runs each check on its fact. Every fact is read once, all of them side by side, however many checks look at it: one
 * that cannot be had blinds or fails its own checks and no other.
 */
export async function runFactChecks<K>(
  checks: readonly FactCheck<K>[],
  sources: Readonly<Record<string, FactSource>>,
  { known, clock, signal }: FactRun<K>,
): Promise<readonly CheckResult[]> {
  const needed = new Set(checks.map(({ fact }) => fact));
  const reading = Object.entries(sources).filter(([name]) => needed.has(name));
  const facts = new Map(
    await Promise.all(
      reading.map(async ([name, read]) => [name, await settle(read, clock, signal)] as const),
    ),
  );
  return checks.map((check) => {
    const read = facts.get(check.fact);
    if (read === undefined) return resultOf(check, blind(`nobody reads ${check.fact} here`), 0);
    const { tookMs } = read;
    if ('fault' in read) return unread(check, read.fault, tookMs);
    return resultOf(check, check.judge(read.fact, known), tookMs);
  });
}

type Read = { readonly tookMs: number } & (
  | { readonly fact: unknown }
  | { readonly fault: unknown }
);

async function settle(read: FactSource, clock: Clock, signal: AbortSignal): Promise<Read> {
  const startMs = clock.now().getTime();
  const took = (): number => clock.now().getTime() - startMs;
  try {
    const fact = await read(signal);
    return { fact, tookMs: took() };
  } catch (fault) {
    return { fault, tookMs: took() };
  }
}

function unread<K>(check: FactCheck<K>, fault: unknown, tookMs: number): CheckResult {
  const { code, message } = toOpsError(fault);
  const why = `${code}: ${message}`;
  return isOpsError(fault) && BLINDING.has(code)
    ? resultOf(check, blind(why), tookMs)
    : failedResult(check, why, tookMs);
}
