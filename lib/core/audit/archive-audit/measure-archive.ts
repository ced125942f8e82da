import { findGaps } from '../../catalog/archive-gap.ts';
import { recoverablePoint } from '../../catalog/recoverable-point.ts';
import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import type { BackupPlace } from '../../store/records.ts';
import { missingBetween } from '../../wal/continuity.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { hashAgeDays } from '../hash-audit/rotation.ts';
import type { AuditFigures, Stored } from './audit-record.ts';
import type { AuditView } from './find-faults.ts';

type Total = AuditFigures['totals'][number];

const DAY_MS = 86_400_000;
/** Of growth: a week levels out what a base backup a day, or a week, adds at once. */
const GROWTH_DAYS = 8;
/** Totals are kept about a day apart. */
const TOTAL_EVERY_MS = 20 * 3_600_000;

/** What the archive amounts to. `before` is the newest that was measured. */
export function measureArchive(
  view: AuditView,
  windows: readonly RecoveryWindow<BackupPlace>[],
  windowDaysWanted: number,
  before: AuditFigures | undefined,
): AuditFigures {
  const { archive, backups, writerTimeline, now, wal, index, state, hashes, lineage } = view;
  const found = findGaps(archive, backups, writerTimeline, now);
  const point = recoverablePoint(windows, writerTimeline, now);
  const stored = storedByKind(view);
  const totals = totalsWith({ at: now, bytes: sumOf(stored) }, before?.totals ?? []);
  const reachFrom = earliest(
    windows.filter(
      ({ timeline, toLsn }) =>
        timeline === writerTimeline && point !== undefined && toLsn === point.lsn,
    ),
  );
  const reachSince = earliestReach(view, reachFrom, before?.reachSince);
  const windowDays = daysBetween(reachFrom, now);
  const wanted = Math.min(windowDaysWanted, daysBetween(reachSince, now));
  return {
    ...(point !== undefined && { recoverablePoint: { ...point, lsn: formatLsn(point.lsn) } }),
    windows: windows.map((window) => ({
      backupId: window.backup.id,
      timeline: window.timeline,
      fromTime: window.fromTime,
      fromLsn: formatLsn(window.fromLsn),
      toTime: window.toTime,
      toLsn: formatLsn(window.toLsn),
    })),
    gaps: found.filter(({ known }) => known.length === 0).length,
    knownGaps: found.filter(({ known }) => known.length > 0).length,
    restorableBackups: new Set(windows.map(({ backup }) => backup.id)).size,
    windowDays,
    windowShortDays: Math.max(0, wanted - windowDays),
    ...(reachSince !== undefined && { reachSince }),
    missingIndexes: wal.runs.reduce(
      (sum, { timeline, first, last }) =>
        missingBetween(index.runs, timeline, first, last).reduce(
          (count, range) => count + Number(range.last - range.first) + 1,
          sum,
        ),
      0,
    ),
    stored,
    totals,
    growthBytesPerDay: growthOf(totals),
    unreadDays:
      hashes === undefined
        ? daysBetween(lineage.identity.createdAt, now)
        : hashAgeDays(hashes, now),
    ...(hashes !== undefined && {
      hashes: {
        ageDays: hashAgeDays(hashes, now),
        corruptObjects: hashes.findings.listed.length + hashes.findings.more,
        readBytes: hashes.readBytes,
      },
    }),
  };

  function storedByKind({ wal, index }: AuditView): AuditFigures['stored'] {
    const { tail, objects, bytes } = state.other;
    const base = [...state.whole, ...state.broken].reduce(add, { objects: 0, bytes: 0 });
    return { wal: storedOf(wal), index: storedOf(index), base, tail, other: { objects, bytes } };
  }
}

function storedOf({ objects, bytes }: Stored): Stored {
  return { objects, bytes };
}

function add(sum: Stored, { objects, bytes }: Stored): Stored {
  return { objects: sum.objects + objects, bytes: sum.bytes + bytes };
}

function sumOf(stored: AuditFigures['stored']): number {
  return Object.values(stored).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** A gap that somebody acknowledged cuts off what lies before: since then nobody expects that back. */
function earliestReach(
  { archive }: AuditView,
  reachFrom: Date | undefined,
  before: Date | undefined,
): Date | undefined {
  if (before === undefined || reachFrom === undefined) return before ?? reachFrom;
  const isCut = archive.knownGaps.some(({ at }) => at !== undefined && at > before);
  return isCut || reachFrom < before ? reachFrom : before;
}

function earliest(windows: readonly RecoveryWindow<BackupPlace>[]): Date | undefined {
  return windows.map(({ fromTime }) => fromTime).toSorted((a, b) => a.getTime() - b.getTime())[0];
}

function daysBetween(from: Date | undefined, to: Date): number {
  return from === undefined ? 0 : Math.max(0, (to.getTime() - from.getTime()) / DAY_MS);
}

/** The last one of before stands for its day only when the one ahead of it is of another. */
function totalsWith(total: Total, before: readonly Total[]): Total[] {
  const kept = before.filter(({ at }) => daysBetween(at, total.at) <= GROWTH_DAYS);
  const [last, previous] = [kept.at(-1), kept.at(-2)];
  const isSameDay =
    last !== undefined &&
    previous !== undefined &&
    last.at.getTime() - previous.at.getTime() < TOTAL_EVERY_MS;
  return [...(isSameDay ? kept.slice(0, -1) : kept), total];
}

function growthOf(totals: readonly Total[]): number {
  const [first, last] = [totals[0], totals.at(-1)];
  const days = first && last ? daysBetween(first.at, last.at) : 0;
  return first && last && days > 0 ? Math.round((last.bytes - first.bytes) / days) : 0;
}
