import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowStart } from '../../../../lib/core/retention/plan/known-backup.ts';
import { planRetention } from '../../../../lib/core/retention/plan/plan-retention.ts';
import { RetentionPlan } from '../../../../lib/core/retention/retention-plan.ts';
import { chooseSeed } from '../../../support/seeded-random.ts';
import {
  carriedOut,
  nameOf,
  recoverableMoments,
  recoversAlong,
  writerReach,
} from './carried-out.ts';
import { factsOf, idOf, type Past, type PastSegment } from './past.ts';
import { stayingBackups } from './planned.ts';
import { randomPasts } from './random-past.ts';

/** So many archives; a long run names more. */
const ARCHIVES = Number(process.env['HOLDFAST_TEST_ARCHIVES'] ?? 300);
const HOUR_MS = 3_600_000;

describe(`a plan of any of ${ARCHIVES} archives`, () => {
  // One property: to make an archive and its plan takes longer than to judge them.
  test(
    'breaks no promise',
    () => {
      let letGo = 0;
      fc.assert(
        fc.property(randomPasts, (past) => {
          const plan = planRetention(factsOf(past));
          const after = carriedOut(past, plan);
          losesNoMoment(past, after);
          keepsWhatKeptBackupsNeed(past, after);
          keepsWhatMustStay(past, plan);
          givesEverythingAReason(past, plan);
          wantsNoMore(after);
          letGo += Number([...plan.backups, ...plan.wal].some(({ stays }) => !stays));
        }),
        { numRuns: ARCHIVES, seed: chooseSeed() },
      );
      // Who lets nothing go keeps every promise.
      expect(letGo).toBeGreaterThan(ARCHIVES / 4);
    },
    ARCHIVES * 100 + 30_000,
  );
});

/** Every moment of the window that could be recovered still can, the writer's last one, and what came late is there. */
function losesNoMoment(past: Past, after: Past): void {
  const left = recoverableMoments(after);
  expect([...recoverableMoments(past)].filter((moment) => !left.has(moment))).toEqual([]);
  expect(writerReach(after)).toBe(writerReach(past));
  const isRecent = ({ arrivedAt }: PastSegment): boolean => arrivedAt >= windowStart(past);
  expect(after.segments.filter(isRecent)).toEqual(past.segments.filter(isRecent));
}

/** From start to stop, by its own names and along each timeline that it could follow. */
function keepsWhatKeptBackupsNeed(past: Past, after: Past): void {
  const had = new Set(past.segments.map(nameOf));
  const has = new Set(after.segments.map(nameOf));
  const [couldBefore, canAfter] = [recoversAlong(past), recoversAlong(after)];
  const lost = after.backups.flatMap((backup) => {
    const numbers = Array.from(
      { length: backup.stop - backup.start + 1 },
      (_, index) => backup.start + index,
    );
    const names = numbers.map((number) => nameOf({ timeline: backup.timeline, number }));
    const ways = past.histories.filter((history) => couldBefore(idOf(backup), history));
    return [
      ...names.filter((name) => had.has(name) && !has.has(name)),
      ...ways.filter((history) => !canAfter(idOf(backup), history)),
    ];
  });
  expect(lost).toEqual([]);
}

/** The newest, as many as the policy wants, what is held, in use, running or unreadable. */
function keepsWhatMustStay(past: Past, plan: RetentionPlan): void {
  const { now, policy, broken } = past;
  const staying = new Set(stayingBackups(plan));
  const restorable = plan.backups.filter(({ state }) => state === 'restorable');
  const stillRestorable = restorable.filter(({ stays }) => stays).length;
  expect(stillRestorable).toBeGreaterThanOrEqual(Math.min(policy.minBackups, restorable.length));
  const newest = past.backups
    .filter((one) => one.finishedAt <= now && restorable.some(({ id }) => id === idOf(one)))
    .toSorted(
      (a, b) => a.finishedAt.getTime() - b.finishedAt.getTime() || (idOf(a) < idOf(b) ? -1 : 1),
    )
    .at(-1);
  const held = past.holds.filter(({ until }) => until === undefined || until > now);
  const young = broken.filter(
    ({ code, newestAt }) =>
      code !== 'BACKUP-FAILED' ||
      past.isBackupRunning ||
      now.getTime() - newestAt.getTime() < policy.failedAfterHours * HOUR_MS,
  );
  const must = [
    ...(newest === undefined ? [] : [idOf(newest)]),
    ...held.map(({ backupId }) => backupId),
    ...past.inUse,
    ...young.map(({ id }) => id),
    ...(past.damagedHolds.length > 0 ? plan.backups.map(({ id }) => id) : []),
  ];
  expect(must.filter((id) => !staying.has(id))).toEqual([]);
}

/** Each folder once, each segment in one range, each with a sentence; what goes was there. */
function givesEverythingAReason(past: Past, plan: RetentionPlan): void {
  const ids = [...past.backups.map(idOf), ...past.broken.map(({ id }) => id)];
  expect(plan.backups.map(({ id }) => id)).toEqual(ids.toSorted());
  for (const { reasons } of [...plan.backups, ...plan.wal]) {
    expect(
      reasons.length > 0 && reasons.every(({ rule, says }) => rule !== '' && says !== ''),
    ).toBe(true);
  }
  const names = past.segments.map(nameOf).toSorted();
  const ranges = plan.wal;
  expect(
    ranges.every(
      ({ first, last }, index) => first <= last && last < (ranges[index + 1]?.first ?? 'Z'),
    ),
  ).toBe(true);
  for (const name of names) {
    expect(ranges.filter(({ first, last }) => first <= name && name <= last)).toHaveLength(1);
  }
  expect(ranges.reduce((sum, { segments }) => sum + segments, 0)).toBe(names.length);
  expect(RetentionPlan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
}

/** Made again at the same moment when the first was carried out, a plan lets nothing more go. */
function wantsNoMore(after: Past): void {
  const again = planRetention(factsOf(after));
  expect(again.backups.filter(({ stays }) => !stays)).toEqual([]);
  expect(again.wal.filter(({ stays }) => !stays)).toEqual([]);
}
