import { OpsError } from '../errors/ops-error.ts';
import { readIntactRecords } from './intact-records.ts';
import { formatLsn } from './lsn.ts';
import { badPage, readPageHeader, readSegmentHeader, type SegmentHeader, viewOf } from './page.ts';
import { parseSegment } from './segment.ts';

/** What a segment must belong to. */
export interface SegmentIdentity {
  /** Decimal. */
  readonly systemIdentifier: string;
  readonly major: number;
  readonly segmentBytes: number;
}

/**
 * Proves that `bytes` are the whole segment `name` of the cluster expected: its length, its
 * identity, and the magic, address and timeline of every page. Reads only headers.
 *
 * After a switch of WAL PostgreSQL zeroes the headers of the pages left over, so from the first
 * such page on only zeros may follow. A crash in the middle of a switch leaves there what the
 * recycled file held before, and the server goes on behind it: then the records up to the switch must
 * be intact. The timeline of a page may be below the name's, because a
 * promotion begins its first segment with a copy of the parent's pages; it never falls.
 *
 * @throws {@link OpsError} `WAL-IDENTITY` when it is another cluster's or major version's;
 *   `WAL-PAGE` when it is anything else than that whole segment; `WAL-NAME`, `WAL-SEGMENT-SIZE`.
 * @see PostgreSQL XLogReaderValidatePageHeader, src/backend/access/transam/xlogreader.c, and
 *   CopyXLogRecordToWAL, src/backend/access/transam/xlog.c
 */
export function assertWholeSegment(
  bytes: Uint8Array,
  name: string,
  expected: SegmentIdentity,
): void {
  const segment = parseSegment(name, expected.segmentBytes);
  if (bytes.byteLength !== expected.segmentBytes) {
    throw badPage(`${name} has ${bytes.byteLength} bytes instead of ${expected.segmentBytes}`);
  }
  const header = readSegmentHeader(bytes);
  assertIdentity(header, name, expected);
  if (header.segmentBytes !== expected.segmentBytes) {
    throw badPage(`${name} was written with segments of ${header.segmentBytes} bytes`);
  }
  if (header.startLsn !== segment.startLsn) {
    throw badPage(`${name} begins at ${formatLsn(header.startLsn)}: it is another segment`);
  }
  assertPages(bytes, header, segment);
}

function assertIdentity(header: SegmentHeader, name: string, expected: SegmentIdentity): void {
  if (header.major === undefined) {
    throw badPage(`${name} has a page header of no known PostgreSQL version`);
  }
  const { major, systemIdentifier } = header;
  if (major === expected.major && systemIdentifier === expected.systemIdentifier) return;
  throw new OpsError(
    'WAL-IDENTITY',
    `${name} is of system ${systemIdentifier}, version ${major}, instead of ${expected.systemIdentifier}, version ${expected.major}`,
    {
      hint: 'does this data directory belong to another cluster, or was it upgraded?',
      details: { name, systemIdentifier, major },
    },
  );
}

function assertPages(
  bytes: Uint8Array,
  header: SegmentHeader,
  segment: { readonly name: string; readonly timeline: number },
): void {
  const view = viewOf(bytes);
  let { timeline } = header;
  let zeroFrom: number | undefined;
  for (let offset = 0; offset < view.byteLength; offset += header.pageBytes) {
    const isZero = hasZeroHeader(view, offset);
    if (isZero) zeroFrom ??= offset;
    if (isZero && offset > 0) continue;
    const page = readPageHeader(view, offset);
    const isRight =
      zeroFrom === undefined &&
      page.magic === header.magic &&
      page.isLong === (offset === 0) &&
      page.pageLsn === header.startLsn + BigInt(offset) &&
      page.timeline >= timeline &&
      page.timeline <= segment.timeline;
    if (!isRight) {
      const { endAt, isSwitched } = readIntactRecords(bytes);
      if (isSwitched && endAt <= offset) return;
      throw badPage(`${segment.name} has a wrong page at byte ${offset}`);
    }
    timeline = page.timeline;
  }
}

function hasZeroHeader(view: DataView, offset: number): boolean {
  return (
    view.getBigUint64(offset, true) === 0n &&
    view.getBigUint64(offset + 8, true) === 0n &&
    view.getBigUint64(offset + 16, true) === 0n
  );
}
