import { spawnSync } from 'node:child_process';
import type { FactName, Facts, See } from '../../../lib/core/doctor/facts.ts';
import { type Verdict } from '../../../lib/core/doctor/check.ts';
import { ALL_CHECKS } from '../../../lib/core/doctor/all-checks.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';

/** Fails for every fact that the test did not give: a check may look at no other. */
export function seeing(facts: Partial<Facts>): See {
  return <N extends FactName>(name: N): Facts[N] => {
    const value = facts[name];
    if (!(name in facts)) throw new OpsError('INTERNAL', `${name} was looked at`);
    return value as Facts[N];
  };
}

/** What the check of that id makes of the facts. Its fix must be something that a shell can read. */
export function judged(id: string, facts: Partial<Facts>): Verdict {
  const check = ALL_CHECKS.find((one) => one.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  const verdict = check.judge(seeing({ given: {}, now: NOW, ...facts }));
  assertPasteable(verdict);
  return verdict;
}

/** The moment at which everything is judged. */
export const NOW = new Date('2026-11-22T12:00:00.000Z');

/** A moment so many seconds before {@link NOW}. */
export function before(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1_000);
}

function assertPasteable({ status, fix }: Verdict): void {
  const needsOne = status === 'warn' || status === 'fail';
  if (needsOne !== (fix !== undefined)) throw new Error(`${status} with the fix ${fix}`);
  const { status: exitCode, stderr } = spawnSync('bash', ['-n', '-c', fix ?? ''], {
    encoding: 'utf8',
  });
  if (exitCode !== 0) throw new Error(`${fix} cannot be pasted: ${stderr}`);
  if (/^[^a-z"]/.test(fix ?? '')) throw new Error(`${fix} is no command`);
}
