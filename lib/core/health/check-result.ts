import type { Tier } from '../contract/health-metrics.ts';
import type { CauseGroup } from './cause-groups.ts';
import type { CheckAbout } from './check.ts';
import type { Judgement, Standing } from './judgement.ts';

/** What became of one check in one run. */
export interface CheckResult extends Omit<Judgement, 'standing'> {
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
  readonly group: CauseGroup;
  /** `failed`: the check itself ended with an error, or took too long. */
  readonly standing: Standing | 'failed';
  readonly tookMs: number;
}

/** Puts a check's own words to what it came to. */
export function resultOf(
  { id, name, tier, group }: CheckAbout,
  judgement: Judgement,
  tookMs: number,
): CheckResult {
  return { id, name, tier, group, ...judgement, tookMs };
}

/** The check ended otherwise than by its rules. */
export function failedResult(
  { id, name, tier, group }: CheckAbout,
  why: string,
  tookMs: number,
): CheckResult {
  return { id, name, tier, group, standing: 'failed', says: why, tookMs };
}
