import { HealthThresholds } from '../../../../lib/core/config/health-thresholds.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { CheckResult } from '../../../../lib/core/health/check-result.ts';
import type { FactCheck } from '../../../../lib/core/health/fact-check.ts';
import type { ProbeFacts, ProbeKnown } from '../../../../lib/core/health/probe-facts.ts';
import { runFactChecks } from '../../../../lib/core/health/run-fact-checks.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

export const NOW = new Date('2026-06-01T12:00:00Z');

/** What a check makes of a fact, as a probe would run it. */
export async function judgedFact<N extends keyof ProbeFacts>(
  check: FactCheck<ProbeKnown>,
  name: N,
  fact: ProbeFacts[N],
): Promise<CheckResult> {
  return judge(check, { [name]: async () => fact });
}

/** What it makes of a fact that cannot be had: with an error, or because nobody reads it. */
export async function judgedWithout(
  check: FactCheck<ProbeKnown>,
  code?: 'PG-TIMEOUT' | 'AWS-DENIED',
): Promise<CheckResult> {
  if (code === undefined) return judge(check, {});
  const fault = new OpsError(code, 'it cannot be had');
  return judge(check, { [check.fact]: async () => Promise.reject(fault) });
}

async function judge(
  check: FactCheck<ProbeKnown>,
  sources: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<CheckResult> {
  const known: ProbeKnown = {
    now: NOW,
    cluster: { cluster: 'orders', volumeBytes: undefined, isWriter: true, rpoSec: 300 },
    thresholds: HealthThresholds.parse({}),
    before: undefined,
  };
  const { signal } = new AbortController();
  const [result] = await runFactChecks([check], sources, { known, clock: fakeClock(), signal });
  if (result === undefined) throw new Error(`${check.id} came to nothing`);
  return result;
}
