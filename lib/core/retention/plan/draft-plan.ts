import type { PlannedBackup, PlannedWal, Reason } from '../retention-plan.ts';
import { judgeBroken } from './broken-backup.ts';
import type { Keep } from './keep.ts';
import { HELD } from './keep-rules.ts';
import type { KnownBackup } from './known-backup.ts';
import { distinct, planWal } from './plan-wal.ts';
import type { BrokenBackup, RetentionFacts } from './retention-facts.ts';
import { claimOnwards, claimOwn, startOf, type WalClaim } from './wal-claim.ts';

/** What the rules said. */
export interface DraftInput {
  readonly facts: RetentionFacts;
  readonly known: readonly KnownBackup[];
  /** Why everything stays. */
  readonly doubts: readonly Reason[];
  /** What the recovery window needs. */
  readonly claims: readonly WalClaim[];
  readonly keeps: readonly Keep[];
}

/** What a plan says of backups and WAL. */
export interface DraftPlan {
  /** By id, which begins with the time. */
  readonly backups: readonly PlannedBackup[];
  readonly wal: readonly PlannedWal[];
}

const EXPIRED: Reason = { rule: 'expired', says: 'no rule of the policy keeps it' };

/** Gives every folder and every stretch of WAL its fate. */
export function draftPlan(input: DraftInput): DraftPlan {
  const { facts, known } = input;
  const keepsOf = Map.groupBy(input.keeps, ({ id }) => id);
  const backups = [
    ...known.map((backup) => planComplete(input, backup, keepsOf.get(backup.id) ?? [])),
    ...facts.broken.map((backup) => planBroken(input, backup, keepsOf.get(backup.id) ?? [])),
  ].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const staying = new Set(backups.filter(({ stays }) => stays).map(({ id }) => id));
  const claims = [
    ...input.claims,
    // The recovery window has those of its own backups already.
    ...known
      .filter(({ id, isInWindow }) => staying.has(id) && !isInWindow)
      .flatMap((backup) => claimOwn(backup, facts.segmentBytes, neededBy(backup.id))),
    ...facts.broken.filter(({ id }) => staying.has(id)).flatMap(claimUnknown),
    ...known
      .filter(({ id }) => facts.inUse.includes(id))
      .flatMap(({ id, start }) =>
        claimOnwards(facts.archive, start, facts.segmentBytes, {
          rule: 'in-use',
          says: `backup ${id} is being restored or drilled, nobody knows how far`,
        }),
      ),
    ...withoutHistory(facts),
    ...input.doubts.flatMap(claimAll),
  ];
  const wal = planWal(facts.archive, claims, facts.segmentBytes);
  return { backups, wal };

  /** Its record cannot tell what it needs: all since it began. */
  function claimUnknown({ id }: BrokenBackup): readonly WalClaim[] {
    const reason = { rule: 'backup', says: `folder ${id} has no record that tells what it needs` };
    const start = startOf(id, facts.segmentBytes);
    if (start === undefined) return claimAll(reason);
    return claimOnwards(facts.archive, start, facts.segmentBytes, reason);
  }

  function claimAll(reason: Reason): readonly WalClaim[] {
    const timelines = new Set(facts.archive.stretches.map(({ timeline }) => timeline));
    return [...timelines].map((timeline) => ({ timeline, first: 0n, last: undefined, reason }));
  }
}

function planComplete(
  { doubts }: DraftInput,
  { id, storedBytes, isRestorable }: KnownBackup,
  keeps: readonly Keep[],
): PlannedBackup {
  const reasons = distinct([...keeps.map(({ reason }) => reason), ...doubts]);
  const until = latest(keeps);
  return {
    id,
    state: isRestorable ? 'restorable' : 'complete',
    stays: reasons.length > 0,
    reasons: reasons.length > 0 ? [...reasons] : [EXPIRED],
    storedBytes,
    ...(until !== undefined && { until }),
  };
}

function planBroken(
  { facts, doubts }: DraftInput,
  backup: BrokenBackup,
  keeps: readonly Keep[],
): PlannedBackup {
  const { reason, ...verdict } = judgeBroken(facts, backup);
  const others = distinct([...keeps.map((one) => one.reason), ...doubts]);
  const stays = verdict.stays || others.length > 0;
  const reasons = stays && !verdict.stays ? others : [reason, ...others];
  const { id, storedBytes } = backup;
  return { id, ...verdict, stays, reasons: [...reasons], storedBytes };
}

/** Nobody can tell to what these timelines belong. */
function withoutHistory({ archive }: RetentionFacts): readonly WalClaim[] {
  const timelines = new Set(archive.stretches.map(({ timeline }) => timeline));
  return [...timelines]
    .filter((timeline) => !archive.histories.has(timeline))
    .map((timeline) => ({
      timeline,
      first: 0n,
      last: undefined,
      reason: {
        rule: 'unknown-history',
        says: `the history of timeline ${timeline} cannot be read: in doubt its WAL stays`,
      },
    }));
}

function neededBy(id: string): Reason {
  return { rule: 'backup', says: `backup ${id} needs it to become consistent` };
}

/** The last rule decides; of a hold without an end nobody can tell. */
function latest(keeps: readonly Keep[]): Date | undefined {
  if (keeps.some(({ reason, until }) => reason.rule === HELD && until === undefined)) {
    return undefined;
  }
  const times = keeps.flatMap(({ until }) => until?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}
