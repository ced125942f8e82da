import type { ArchiveListing } from '../../catalog/archive-listing.ts';
import type { LineageKeys } from '../../contract/key-layout.ts';
import { liesWithin } from '../../retention/read-gone-wal.ts';
import { gapAround } from '../../store/gap-log.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { BackupPlace } from '../../store/records.ts';
import { missingBetween, type SegmentRun } from '../../wal/continuity.ts';
import { parseSegment, segmentName } from '../../wal/segment.ts';
import { gaps, missingHistories, missingWal, unanchoredGaps } from '../archive-findings.ts';
import type { Finding } from '../verify-report.ts';
import type { HashRecord } from '../hash-audit/hash-record.ts';
import type { AuditFinding, AuditState } from './audit-record.ts';
import { judgeBackups } from './judge-backups.ts';
import type { Expiries } from './expiries.ts';
import type { LaneTally } from './lane-tally.ts';

/** What an audit saw, all of it. */
export interface AuditView {
  readonly lineage: Lineage;
  readonly now: Date;
  readonly state: Pick<AuditState, 'whole' | 'broken' | 'known' | 'strays' | 'other' | 'hidden'>;
  readonly backups: readonly BackupPlace[];
  readonly archive: ArchiveListing;
  readonly wal: LaneTally;
  readonly index: LaneTally;
  readonly writerTimeline: number;
  readonly expiries: Expiries;
  readonly isBackupRunning: boolean;
  readonly failedAfterHours: number;
  /** The newest audit of hashes; `undefined` before the first. */
  readonly hashes: HashRecord | undefined;
}

/** What somebody must look at, and what is good to know, gravest first; each kind in order of the keys. */
export function findFaults(view: AuditView): readonly AuditFinding[] {
  const { lineage, archive, backups, writerTimeline, now, state } = view;
  return [
    ...faults(gaps(archive, backups, writerTimeline, now)),
    ...faults(backups.flatMap((backup) => missingWal(archive, backup))),
    ...(view.hashes?.findings.listed ?? []),
    ...many(
      view.hashes?.findings.more ?? 0,
      'STORE-CORRUPT',
      lineage.keys.prefix,
      'objects are damaged',
    ),
    ...state.hidden.findings,
    ...many(state.hidden.more, 'VAULT-HIDDEN', lineage.keys.prefix, 'objects are hidden'),
    ...judgeBackups(view),
    ...faults(goneSegments(view)),
    ...faults(missingHistories(archive, lineage.keys)),
    ...faults(unanchoredGaps(archive, lineage.keys)),
    ...state.whole.flatMap(({ findings }) => findings),
    ...strangers(view),
    ...cameAfterAll(archive, lineage),
  ];
}

function faults(findings: readonly Finding[]): readonly AuditFinding[] {
  return findings.map((finding) => ({ ...finding, severity: 'fault' }));
}

/** An index outlives no segment: one by itself tells of a segment that was archived and is gone. */
function goneSegments({ lineage, wal, index, archive }: AuditView): readonly Finding[] {
  const { keys, identity } = lineage;
  const nameOf = ({ timeline }: SegmentRun, number: bigint): string =>
    segmentName(timeline, number, identity.segmentBytes);
  return index.runs.flatMap((run) =>
    missingBetween(wal.runs, run.timeline, run.first, run.last)
      .map(({ first, last }) => [nameOf(run, first), nameOf(run, last), last - first] as const)
      .filter(
        ([first, last]) =>
          !liesWithin(archive.gone ?? [], { first, last }) &&
          gapAround(archive.knownGaps, first, 'missing') === undefined,
      )
      .map(([first, last, more]): Finding => {
        const all = more === 0n ? 'the segment was' : `it and those up to ${last} were`;
        const detail = `its index is there: ${all} archived, and gone since`;
        return { code: 'STORE-ABSENT', object: keys.wal(first), detail };
      }),
  );
}

/** Keys that nothing explains; a segment's name at another place is called a copy. */
function strangers({ wal, index, state, lineage }: AuditView): readonly AuditFinding[] {
  const lists = [wal, index, { strangers: state.strays, moreStrangers: 0 }, state.other];
  const named = lists.flatMap((list) => list.strangers);
  const more = lists.reduce((sum, list) => sum + list.moreStrangers, 0);
  return [
    ...named.map((object): AuditFinding => ({
      code: 'STORE-KEY',
      object,
      detail: whyStrange(lineage.keys, object),
      severity: 'fault',
    })),
    ...many(more, 'STORE-KEY', lineage.keys.prefix, 'keys are nothing that Holdfast stores'),
  ];
}

function whyStrange(keys: LineageKeys, key: string): string {
  const name = /(?<![0-9A-F])([0-9A-F]{24})\.zst$/.exec(key)?.[1];
  return name === undefined || keys.wal(name) === key
    ? 'is nothing that Holdfast stores'
    : `has the name of a segment whose place is ${keys.wal(name)}`;
}

/** Segments that somebody gave up and that are in the archive: harmless, and the gap is none. */
function cameAfterAll(
  { knownGaps, runs }: ArchiveListing,
  { keys, identity }: Lineage,
): readonly AuditFinding[] {
  return knownGaps
    .filter(({ kind }) => kind === 'missing')
    .filter(({ firstSegment, lastSegment }) => {
      const { timeline, number: first } = parseSegment(firstSegment, identity.segmentBytes);
      const { number: last } = parseSegment(lastSegment, identity.segmentBytes);
      const missing = missingBetween(runs, timeline, first, last);
      return missing.reduce((sum, one) => sum + one.last - one.first + 1n, 0n) <= last - first;
    })
    .map(({ id }) => ({
      code: 'WAL-RESOLVE',
      object: keys.gap(id),
      detail: 'segments of this gap, acknowledged as missing, are in the archive as well',
      severity: 'note',
    }));
}

function many(
  count: number,
  code: AuditFinding['code'],
  object: string,
  what: string,
): readonly AuditFinding[] {
  return count === 0 ? [] : [{ code, object, detail: `${count} more ${what}`, severity: 'fault' }];
}
