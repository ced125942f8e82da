import * as fc from 'fast-check';
import type { ArchiveListing } from '../../../lib/core/catalog/archive-listing.ts';
import type { BackupRecord } from '../../../lib/core/store/records.ts';
import { runBuilder } from '../../../lib/core/wal/continuity.ts';
import type { TimelineHistory } from '../../../lib/core/wal/timeline-history.ts';
import { historyOf, LINEAGE_IDENTITY, lsnAt, segment } from '../../support/wal-fixture.ts';

/** An archive as plain sets: which segments there are, and where each timeline left its parent. */
export interface ArchiveModel {
  /** `timeline:number`. */
  readonly present: ReadonlySet<string>;
  readonly histories: readonly TimelineHistory[];
  /** Where backups start and stop, in segments. */
  readonly backups: readonly { readonly timeline: number; readonly start: number }[];
}

/** Segments are numbered from 1 to this. */
export const LAST_SEGMENT = 14;
/** Long before any test's now. */
export const LONG_AGO = new Date('2026-01-01T00:00:00.000Z');
export const NOW = new Date('2026-11-22T00:00:00.000Z');

/** Up to four timelines, each leaving an older one somewhere; any segment may be missing. */
export const archiveModels: fc.Arbitrary<ArchiveModel> = fc
  .record({
    branches: fc.array(
      fc.record({
        parent: fc.nat({ max: 3 }),
        at: fc.integer({ min: 1, max: LAST_SEGMENT }),
        isMidway: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    absent: fc.array(fc.nat({ max: 4 * LAST_SEGMENT }), { maxLength: 20 }),
    backups: fc.array(
      fc.record({ timeline: fc.nat({ max: 3 }), start: fc.integer({ min: 1, max: LAST_SEGMENT }) }),
      { maxLength: 3 },
    ),
  })
  .map(({ branches, absent, backups }) => {
    const histories: TimelineHistory[] = [{ timeline: 1, parents: [] }];
    for (const [index, { parent, at, isMidway }] of branches.entries()) {
      const from = histories[parent % histories.length] ?? historyOf(1, []);
      const left = historyOf(index + 2, [[from.timeline, at]], isMidway ? 4096n : 0n);
      histories.push({ ...left, parents: [...from.parents, ...left.parents] });
    }
    const all = histories.flatMap(({ timeline }) =>
      Array.from({ length: LAST_SEGMENT }, (_, i) => `${timeline}:${i + 1}`),
    );
    const present = new Set(all.filter((_, index) => !absent.includes(index)));
    const placed = backups.map(({ timeline, start }) => ({
      timeline: (timeline % histories.length) + 1,
      start,
    }));
    return { present, histories, backups: placed.filter((one) => isOnOwnTimeline(one, histories)) };
  });

/** The catalogue's view of `model`; everything came `arrivedAt`. */
export function listingOf(model: ArchiveModel, arrivedAt = LONG_AGO): ArchiveListing {
  const builder = runBuilder(LINEAGE_IDENTITY.segmentBytes);
  const names = [...model.present].map((one) => {
    const [timeline = 0, number = 0] = one.split(':').map(Number);
    return segment(number, timeline);
  });
  for (const name of names) builder.add(name);
  return {
    runs: builder.runs(),
    histories: new Map(model.histories.map((history) => [history.timeline, history])),
    damagedHistories: new Map(),
    knownGaps: [],
    arrivals: new Map(names.map((name) => [name, arrivedAt])),
    segments: names.length,
    storedBytes: 0,
    newestAt: arrivedAt,
    strangers: [],
  };
}

/** A record of a backup within segment `start`. */
export function backupRecord(start: number, timeline = 1): BackupRecord {
  const { cluster, systemIdentifier, major, segmentBytes } = LINEAGE_IDENTITY;
  const name = segment(start, timeline);
  return {
    id: `${String(start).padStart(4, '0')}-${timeline}`,
    kind: 'full',
    cluster,
    systemIdentifier,
    major,
    segmentBytes,
    timeline,
    startLsn: lsnAt(start) + 8192n,
    stopLsn: lsnAt(start) + 16_384n,
    startSegment: name,
    stopSegment: name,
    startedAt: LONG_AGO,
    finishedAt: LONG_AGO,
    bytes: 0,
    storedBytes: 0,
    parts: [],
    manifest: { name: 'm', plainBytes: 0, storedBytes: 0, plainSha256: '', storedSha256: '' },
    tablespaces: [],
    serverVersion: '15.8',
    settings: {},
    collations: [],
    checksumFailures: [],
    skipped: [],
  };
}

/** The timeline whose file holds segment `number` for a recovery along `history`. */
export function ownerOf(history: TimelineHistory, number: number): number {
  const begins = [
    { timeline: 1, lsn: 0n },
    ...history.parents.map((parent, index) => ({
      timeline: history.parents[index + 1]?.timeline ?? history.timeline,
      lsn: parent.endLsn,
    })),
  ];
  const inOrBefore = begins.filter(({ lsn }) => lsn < lsnAt(number + 1));
  return Math.max(...inOrBefore.map(({ timeline }) => timeline));
}

function isOnOwnTimeline(
  { timeline, start }: { readonly timeline: number; readonly start: number },
  histories: readonly TimelineHistory[],
): boolean {
  const begin = histories[timeline - 1]?.parents.at(-1)?.endLsn ?? 0n;
  return begin <= lsnAt(start) + 8192n;
}
