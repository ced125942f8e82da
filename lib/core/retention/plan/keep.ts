import type { Reason } from '../retention-plan.ts';

/** One rule's word that a backup stays. */
export interface Keep {
  /** Folder below `base/`. */
  readonly id: string;
  readonly reason: Reason;
  /** Not before this will the rule let it go; absent where nobody can tell. */
  readonly until?: Date | undefined;
}

/** The word of one rule. */
export function keep(id: string, rule: string, says: string, until?: Date): Keep {
  return { id, reason: { rule, says }, ...(until !== undefined && { until }) };
}
