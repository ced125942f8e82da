import { readPageHeader, readSegmentHeader, viewOf } from '../../wal/page.ts';

/**
 * An unfinished segment as a server would have archived it, had it ended it there: behind the last
 * page that was written there are zeros instead of what the recycled file held before.
 *
 * @param bytes - the file; its first page must be the segment's own.
 * @throws {@link OpsError} `WAL-PAGE` when it does not begin with the header of a segment.
 * @see PostgreSQL CopyXLogRecordToWAL, src/backend/access/transam/xlog.c, for ends of WAL
 */
export function cutSegment(bytes: Uint8Array): Uint8Array {
  const header = readSegmentHeader(bytes);
  const view = viewOf(bytes);
  let { timeline } = header;
  for (let at = header.pageBytes; at < bytes.byteLength; at += header.pageBytes) {
    const page = readPageHeader(view, at);
    const isOwn =
      page.magic === header.magic &&
      !page.isLong &&
      page.pageLsn === header.startLsn + BigInt(at) &&
      page.timeline >= timeline;
    if (!isOwn) return Uint8Array.from(bytes).fill(0, at);
    ({ timeline } = page);
  }
  return bytes;
}
