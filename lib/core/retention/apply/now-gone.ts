import type { LetGoSoFar } from '../read-let-go.ts';
import type { WalRange } from '../read-gone-wal.ts';
import type { RetentionPlan } from '../retention-plan.ts';
import { withoutRanges } from '../without-ranges.ts';
import { type Agreement, agreementOf, joinRanges, mergeRanges, regretsOf } from './agreement.ts';

/** What was let go so far, and of the WAL also what was let go before it was undone. */
export interface Past {
  readonly letGo: LetGoSoFar;
  readonly gone: readonly WalRange[];
}

/** What was let go before, is there, and stays by `plan`: when it is missing some day, nobody meant that. */
export function keptAgain({ letGo, gone }: Past, plan: RetentionPlan): Agreement {
  const before = { backups: [...letGo.backups], wal: mergeRanges([...letGo.wal, ...gone]) };
  return regretsOf([before], {
    ...plan,
    // What is in pieces waits for somebody, and its WAL may be gone with only an index left.
    backups: plan.backups.filter(({ state }) => state === 'restorable' || state === 'complete'),
    wal: plan.wal.filter(({ segments }) => segments > 0),
  });
}

/** All WAL of which a segment was there when it was let go: a hole from before that is still one. */
export function nowGone(
  gone: readonly WalRange[],
  { kept, plan, older }: { kept: Agreement; plan: RetentionPlan; older: RetentionPlan | undefined },
  segmentBytes: number,
): readonly WalRange[] {
  const stored = { ...plan, wal: plan.wal.filter(({ segments }) => segments > 0) };
  const going = older === undefined ? [] : agreementOf(stored, older).wal;
  return joinRanges([...withoutRanges(gone, kept.wal, segmentBytes), ...going], segmentBytes);
}
