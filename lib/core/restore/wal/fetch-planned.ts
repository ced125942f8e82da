import { OpsError } from '../../errors/ops-error.ts';
import { readingHidden } from '../../store/reading-hidden.ts';
import { isSegmentName, parseSegment } from '../../wal/segment.ts';
import { segmentTimeline } from '../../wal/timeline-history.ts';
import { type FetchedWal, type FetchOptions, fetchWal, type WalArchive } from './fetch-wal.ts';

/** What is left of a recovery's plan for a process that fetches a single file. */
export interface PlannedEnd {
  /** Name of the last segment that was in the archive when the recovery was planned. */
  readonly last: string;
  /** Whether WAL after it is left alone. */
  readonly endsThere: boolean;
}

/** Options of {@link fetchPlanned}. */
export interface PlannedFetchOptions extends FetchOptions {
  /** @default - no segment is counted on, and none is left alone */
  readonly plan?: PlannedEnd | undefined;
}

/**
 * Fetches a file as {@link fetchWal} does, but keeps to a plan: a segment that it counts on is never
 * absent, even if a delete marker hides it, and one after its end always is, if the plan ends there.
 *
 * @throws {@link OpsError} what {@link fetchWal} throws; `RESTORE-WAL` when a segment on the path, up
 *   to the last that was planned, is not in the archive.
 */
export async function fetchPlanned(
  archive: WalArchive,
  name: string,
  options: PlannedFetchOptions,
): Promise<FetchedWal> {
  const { history, plan } = options;
  if (plan === undefined || !isSegmentName(name)) return fetchWal(archive, name, options);
  const { segmentBytes } = archive.lineage.identity;
  const asked = parseSegment(name, segmentBytes);
  const last = parseSegment(plan.last, segmentBytes);
  if (plan.endsThere && asked.number > last.number) return { status: 'absent' };
  // PostgreSQL also asks for a segment on timelines that do not hold it.
  const path = history ?? { timeline: last.timeline, parents: [] };
  const isPlanned =
    asked.number <= last.number &&
    segmentTimeline(path, asked.number, segmentBytes) === asked.timeline;
  const store = isPlanned ? readingHidden(archive.store) : archive.store;
  const fetched = await fetchWal({ ...archive, store }, name, options);
  if (fetched.status === 'absent' && isPlanned) throw vanished(name);
  return fetched;
}

/** A file that was there when the recovery was planned, and is there no more. */
export function vanished(name: string): OpsError {
  return new OpsError('RESTORE-WAL', `${name} was in the archive when the recovery was planned`, {
    hint: 'find out who removed it, bring it back with "holdfast undelete" or from a copy, and plan again',
    details: { name },
  });
}
