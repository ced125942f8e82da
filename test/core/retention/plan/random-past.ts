import * as fc from 'fast-check';
import { RetentionPolicy, type Shortenable } from '../../../../lib/core/config/retention-policy.ts';
import type { TimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { historyOf, lsnAt, segment } from '../../../support/wal-fixture.ts';
import {
  BACKUP_BYTES,
  DAY_MS,
  daysAgo,
  idOf,
  NOW,
  type Past,
  type PastBackup,
  type PastSegment,
} from './past.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati', 'Asia/Kathmandu'];
const RULES: readonly Shortenable[] = ['daily', 'weekly', 'monthly', 'yearly'];
const CODES = [
  'BACKUP-FAILED',
  'BACKUP-FAILED',
  'STORE-CORRUPT',
  'STORE-FORMAT',
  'VAULT-KEY',
] as const;
/** Segments of one timeline behind where it began. */
const LONGEST = 16;

const policies = fc
  .record({
    windowDays: fc.integer({ min: 1, max: 40 }),
    daily: fc.nat({ max: 6 }),
    weekly: fc.nat({ max: 4 }),
    monthly: fc.nat({ max: 4 }),
    yearly: fc.nat({ max: 2 }),
    minBackups: fc.integer({ min: 1, max: 4 }),
    maxBytes: fc.option(fc.integer({ min: 1, max: 12 * BACKUP_BYTES }), { nil: undefined }),
    shorten: fc.uniqueArray(fc.constantFrom(...RULES)),
    timeZone: fc.constantFrom(...ZONES),
    failedAfterHours: fc.integer({ min: 1, max: 100 }),
  })
  .map((policy) => RetentionPolicy.parse(policy));

const shapes = fc.record({
  policy: policies,
  /** Where each timeline left an older one, in segments behind that one's begin, and how long it is. */
  branches: fc.array(
    fc.record({
      parent: fc.nat({ max: 3 }),
      at: fc.integer({ min: 1, max: LONGEST }),
      isMidway: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  lengths: fc.array(fc.integer({ min: 1, max: LONGEST }), { minLength: 4, maxLength: 4 }),
  hoursPerSegment: fc.integer({ min: 1, max: 120 }),
  /** How long ago the last segment came. */
  silentDays: fc.oneof(fc.constant(0), fc.nat({ max: 60 })),
  absent: fc.array(fc.nat({ max: 4 * LONGEST }), { maxLength: 8 }),
  backups: fc.array(
    fc.record({
      timeline: fc.nat({ max: 3 }),
      start: fc.nat({ max: LONGEST }),
      length: fc.nat({ max: 2 }),
      clockDays: fc.oneof({ arbitrary: fc.constant(0), weight: 12 }, fc.constantFrom(-300, 300)),
    }),
    { maxLength: 10 },
  ),
  broken: fc.array(
    fc.record({
      daysAgo: fc.nat({ max: 60 }),
      start: fc.nat({ max: LONGEST }),
      code: fc.constantFrom(...CODES),
      isNamed: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  holds: fc.array(
    fc.record({
      backup: fc.nat(),
      until: fc.option(fc.integer({ min: -20, max: 20 }), { nil: undefined }),
    }),
    { maxLength: 2 },
  ),
  isHoldDamaged: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
  inUse: fc.array(fc.nat(), { maxLength: 1 }),
  isBackupRunning: fc.boolean(),
  /** Which timeline is written: after a rollback not the newest. */
  writer: fc.oneof({ arbitrary: fc.constant(3), weight: 5 }, fc.nat({ max: 3 })),
  lostHistory: fc.oneof({ arbitrary: fc.constant(0), weight: 8 }, fc.integer({ min: 2, max: 4 })),
});
type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

/** Lineages with up to four timelines, holes, backups by clocks that were wrong, failed ones, and holds. */
export const randomPasts: fc.Arbitrary<Past> = shapes.map((shape) => {
  const timelines = timelinesOf(shape);
  const segments = segmentsOf(shape, timelines);
  const backups = backupsOf(shape, timelines, segments);
  const broken = shape.broken.map(({ daysAgo: days, start, code, isNamed }, index) => ({
    id: isNamed ? `20250101T00000${index}Z-00000001-${segment(start + 1)}` : `by-hand-${index}`,
    code,
    object: 'o',
    reason: 'r',
    storedBytes: BACKUP_BYTES,
    newestAt: daysAgo(days),
  }));
  const ids = [...new Set([...backups.map(idOf), ...broken.map(({ id }) => id)])];
  const pick = (index: number): readonly string[] =>
    ids.slice(index % (ids.length || 1)).slice(0, 1);
  return {
    now: NOW,
    policy: shape.policy,
    segments,
    histories: timelines
      .map(({ history }) => history)
      .filter(({ timeline }) => timeline !== shape.lostHistory),
    backups,
    broken,
    holds: shape.holds.flatMap(({ backup, until }, index) =>
      pick(backup).map((backupId) => ({
        id: `h${index}`,
        backupId,
        kind: 'operator' as const,
        reason: 'r',
        by: 'b',
        at: NOW,
        ...(until !== undefined && { until: daysAgo(-until) }),
      })),
    ),
    damagedHolds: shape.isHoldDamaged ? ['hold/x.json'] : [],
    inUse: shape.inUse.flatMap(pick),
    isBackupRunning: shape.isBackupRunning,
    writerTimeline: Math.min(shape.writer, timelines.length - 1) + 1,
    letGo: [],
  };
});

interface Timeline {
  readonly history: TimelineHistory;
  readonly first: number;
  readonly last: number;
}

function timelinesOf({ branches, lengths }: Shape): readonly Timeline[] {
  const made: Timeline[] = [{ history: historyOf(1, []), first: 1, last: lengths[0] ?? 1 }];
  for (const [index, { parent, at, isMidway }] of branches.entries()) {
    const from = made[parent % made.length];
    if (from === undefined) continue;
    const first = Math.min(from.first + at, from.last);
    const left = historyOf(
      made.length + 1,
      [[from.history.timeline, first]],
      isMidway ? 4096n : 0n,
    );
    const history = { ...left, parents: [...from.history.parents, ...left.parents] };
    made.push({ history, first, last: first + (lengths[index + 1] ?? 1) });
  }
  return made;
}

/** One timeline after the other, each segment as long after the one before; the last one came last. */
function segmentsOf(shape: Shape, timelines: readonly Timeline[]): readonly PastSegment[] {
  const all = timelines.flatMap(({ history: { timeline }, first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => ({ timeline, number: first + index })),
  );
  const stepMs = (shape.hoursPerSegment * DAY_MS) / 24;
  const lastAt = daysAgo(shape.silentDays).getTime();
  return all
    .map((one, index) => ({ ...one, arrivedAt: new Date(lastAt - (all.length - index) * stepMs) }))
    .filter((_, index) => !shape.absent.includes(index));
}

function backupsOf(
  { backups }: Shape,
  timelines: readonly Timeline[],
  segments: readonly PastSegment[],
): readonly PastBackup[] {
  const made = backups.flatMap(({ timeline, start, length, clockDays }): readonly PastBackup[] => {
    const on = timelines[timeline % timelines.length];
    if (on === undefined) return [];
    const { history, first, last } = on;
    const from = Math.min(first + start, last);
    const left = history.parents.at(-1)?.endLsn ?? 0n;
    // Nothing begins on a timeline before the timeline does.
    if (left > lsnAt(from) + 8192n) return [];
    const stop = Math.min(from + length, last);
    const reached = segments.findLast(
      (one) => one.timeline === history.timeline && one.number <= stop,
    );
    if (reached === undefined) return [];
    const arrivedAt = new Date(reached.arrivedAt.getTime() + 60_000);
    const finishedAt = new Date(arrivedAt.getTime() + clockDays * DAY_MS);
    return [{ timeline: history.timeline, start: from, stop, finishedAt, arrivedAt }];
  });
  return [...new Map(made.map((backup) => [idOf(backup), backup])).values()];
}
