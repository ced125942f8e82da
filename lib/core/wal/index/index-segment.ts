import type { SegmentIndexRecord } from '../../store/records.ts';
import type { Micros } from '../micros.ts';
import { readSegmentHeader } from '../page.ts';
import { type RecordReader, type RecordSpan, walkRecords } from '../records.ts';
import { mayTell, readFact, type RecordPlace, type WalEvent, type WalFact } from '../wal-event.ts';
import { xidRanges } from './xid-ranges.ts';

/** More xid ranges than this are joined; more of anything else is left out. */
const MAX_RANGES = 512;
const MAX_LISTED = 512;

type Commit = NonNullable<SegmentIndexRecord['firstCommit']>;

/** The lists of an index, while they grow. */
type Lists = Required<
  Pick<SegmentIndexRecord, 'restorePoints' | 'switches' | 'tablespaces' | 'limits'>
>;

/**
 * What one whole segment tells by itself: its index depends on nothing but its bytes, so it can be
 * written, and written again, in any order.
 *
 * @param bytes - a segment proved by {@link assertWholeSegment}.
 * @throws {@link OpsError} `WAL-PAGE` when `bytes` are not one whole segment.
 */
export function indexSegment(bytes: Uint8Array): SegmentIndexRecord {
  const lists: Lists = { restorePoints: [], switches: [], tablespaces: [], limits: [] };
  const xids: number[] = [];
  let firstCommit: (() => Commit) | undefined;
  let lastCommit: (() => Commit) | undefined;
  let latestEnd: Micros | undefined;
  let isCut = false;
  const bounds = walkFacts(bytes, (fact, span, reader) => {
    if (fact.kind !== 'end') {
      if (!addTo(lists, fact, reader.place(span))) isCut = true;
      return;
    }
    const { outcome, time, xid } = fact;
    xids.push(xid);
    if (latestEnd === undefined || time > latestEnd) latestEnd = time;
    if (outcome === 'abort') return;
    // There may be a hundred thousand, of which two are kept.
    lastCommit = () => ({ ...placeOf(reader.place(span)), time, xid });
    firstCommit ??= lastCommit;
  });
  const { ranges, isExact } = xidRanges(xids, MAX_RANGES);
  const { limits, ...others } = lists;
  return {
    ...bounds,
    ...(firstCommit && lastCommit && { firstCommit: firstCommit(), lastCommit: lastCommit() }),
    ...(latestEnd !== undefined && { latestEnd }),
    xids: ranges,
    ...others,
    ...(limits.length > 0 && { limits }),
    complete: isExact && !isCut,
  };
}

/** Everything of interest that lies in one whole segment, in order. Throws as {@link indexSegment}. */
export function readEvents(bytes: Uint8Array): readonly WalEvent[] {
  const events: WalEvent[] = [];
  walkFacts(bytes, (fact, span, reader) => events.push({ ...reader.place(span), ...fact }));
  return events;
}

function walkFacts(
  bytes: Uint8Array,
  visit: (fact: WalFact, span: RecordSpan, reader: RecordReader) => void,
): ReturnType<typeof walkRecords> {
  const major = readSegmentHeader(bytes).major ?? 0;
  return walkRecords(bytes, (span, reader) => {
    const fact = mayTell(span.rmgr) ? readFact(reader.read(span), major) : undefined;
    if (fact !== undefined) visit(fact, span, reader);
  });
}

/** Lists a fact; `false` when there is no room for it. */
function addTo(
  { restorePoints, switches, tablespaces, limits }: Lists,
  fact: Exclude<WalFact, { kind: 'end' }>,
  at: RecordPlace,
): boolean {
  if (fact.kind === 'restore-point') {
    return push(restorePoints, { ...placeOf(at), name: fact.name, time: fact.time });
  }
  if (fact.kind === 'switch') {
    return push(switches, { ...placeOf(at), from: fact.from, to: fact.to });
  }
  if (fact.kind === 'limits') return push(limits, { ...placeOf(at), limits: fact.limits });
  return push(tablespaces, { ...placeOf(at), oid: fact.oid, location: fact.location });
}

function push<T>(list: T[], item: T): boolean {
  if (list.length === MAX_LISTED) return false;
  list.push(item);
  return true;
}

function placeOf({ lsn, endLsn }: RecordPlace): Pick<Commit, 'lsn' | 'endLsn'> {
  return { lsn, endLsn };
}
