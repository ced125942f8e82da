import type { Lsn } from '../lsn.ts';
import { isSegmentName, parseSegment, type Segment, segmentNumberAt } from '../segment.ts';
import { timelineSpans, type TimelineHistory } from '../timeline-history.ts';

/** What is known of a server's WAL files. */
export interface UnmarkedFiles {
  /** Names in `pg_wal`. */
  readonly present: readonly string[];
  /** Those that carry a mark. */
  readonly marked: ReadonlySet<string>;
  /** Of the timeline that the server writes. */
  readonly history: TimelineHistory;
  /** Of the latest checkpoint in the control file. */
  readonly checkpointLsn: Lsn;
  readonly segmentBytes: number;
}

/**
 * Segments that are whole although no mark says so: what a standby was made with, and what was
 * finished while archiving was off. On the server's own timeline those before its latest checkpoint
 * are; on an ancestor, those before the branch. The rest may be unfinished, or recycled files under
 * names to come.
 */
export function planUnmarked(files: UnmarkedFiles): readonly string[] {
  const { present, marked, history, checkpointLsn, segmentBytes } = files;
  const spans = timelineSpans(history);
  const isWhole = ({ timeline, number }: Segment): boolean => {
    const span = spans.find((one) => one.timeline === timeline);
    if (span === undefined) return false;
    return number < segmentNumberAt(span.endLsn ?? checkpointLsn, segmentBytes);
  };
  return present
    .filter((name) => isSegmentName(name) && !marked.has(name))
    .map((name) => parseSegment(name, segmentBytes))
    .filter(isWhole)
    .map(({ name }) => name);
}
