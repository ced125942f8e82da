import type { TimelineHistory } from '../../wal/timeline-history.ts';
import { type Keep, keep } from './keep.ts';
import { type KnownBackup, windowStart } from './known-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';
import { type WalClaim, claimPath } from './wal-claim.ts';

/** What the recovery window needs. */
export interface WindowNeeds {
  readonly keeps: readonly Keep[];
  readonly claims: readonly WalClaim[];
}

/** The rule of all that the recovery window needs, but of the backup it begins with. */
export const WINDOW = 'window';
const DAY_MS = 86_400_000;

/**
 * Every backup of the recovery window; for each timeline with a moment of it, the newest backup before its
 * start from which that timeline can be followed; and all WAL from there on. A hole in between changes
 * nothing: what lies on either side of it stays.
 *
 * @param known - oldest first.
 * @param alive - as {@link aliveTimelines} finds them.
 */
export function windowNeeds(
  facts: RetentionFacts,
  known: readonly KnownBackup[],
  alive: readonly TimelineHistory[],
): WindowNeeds {
  const { policy, now, segmentBytes } = facts;
  const since = windowStart(facts).toISOString();
  const inside = known.filter(({ isInWindow }) => isInWindow);
  const keeps = inside.map((backup) =>
    keep(backup.id, WINDOW, insideSays(backup, policy.windowDays, now), goesAt(backup)),
  );
  const claims: WalClaim[] = [];
  for (const history of alive) {
    const base = baseOf(known, history);
    if (base !== undefined) {
      const says = `recovery along timeline ${history.timeline} to ${since} and later begins with it`;
      keeps.push(keep(base.id, 'window-base', says, goesAt(base)));
    }
    const from = [base, ...inside.filter(({ followed }) => followed.includes(history))]
      .flatMap((backup) => backup?.start.number ?? [])
      .reduce<bigint | undefined>(lowest, undefined);
    const reason =
      from === undefined
        ? {
            rule: 'no-base',
            says: `no backup leads to timeline ${history.timeline} yet: in doubt its WAL stays`,
          }
        : {
            rule: WINDOW,
            says: `recovery along timeline ${history.timeline} to ${since} and later needs it`,
          };
    claims.push(...claimPath(history, from ?? 0n, segmentBytes, reason));
  }
  return { keeps, claims };

  /** It begins the window until the next one is old enough. */
  function goesAt(backup: KnownBackup): Date | undefined {
    const next = known.find(
      (one) => one.isRestorable && one.summary.finishedAt > backup.summary.finishedAt,
    );
    if (next === undefined) return undefined;
    return new Date(next.summary.finishedAt.getTime() + policy.windowDays * DAY_MS);
  }
}

/** Along one timeline the position tells which is newest, whatever its server's clock said. */
function baseOf(known: readonly KnownBackup[], history: TimelineHistory): KnownBackup | undefined {
  return known
    .filter((backup) => !backup.isInWindow && backup.recoverableOn.includes(history))
    .reduce<KnownBackup | undefined>(
      (best, one) =>
        best === undefined || one.summary.stopLsn >= best.summary.stopLsn ? one : best,
      undefined,
    );
}

function insideSays({ summary }: KnownBackup, windowDays: number, now: Date): string {
  const finished = `it finished ${summary.finishedAt.toISOString()}`;
  if (summary.finishedAt > now) return `${finished}, which is still to come by this clock`;
  return `${finished}, within the recovery window of ${windowDays} days`;
}

function lowest(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || b < a ? b : a;
}
