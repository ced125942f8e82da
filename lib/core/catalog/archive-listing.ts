import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { getSealed } from '../store/sealed-object.ts';
import { parseArchiveFile } from '../wal/archive-file.ts';
import { runBuilder, type SegmentRun } from '../wal/continuity.ts';
import { nextSegment, parseSegment } from '../wal/segment.ts';
import { parseTimelineHistory, type TimelineHistory } from '../wal/timeline-history.ts';

/** What the archive of a lineage holds, by name: nothing but histories was read. */
export interface ArchiveListing {
  /** Stretches of consecutive segments, by timeline and number. */
  readonly runs: readonly SegmentRun[];
  /** Timeline histories, by timeline; timeline 1 has none in PostgreSQL and an empty one here. */
  readonly histories: ReadonlyMap<number, TimelineHistory>;
  /** When the first segment of each run came, by its name: as long as the hole before it is one. */
  readonly arrivals: ReadonlyMap<string, Date>;
  readonly segments: number;
  readonly storedBytes: number;
  /** When the newest object came; `undefined` for an empty archive. */
  readonly newestAt: Date | undefined;
  /** Keys under `wal/` that are no archive file of PostgreSQL's. */
  readonly strangers: readonly string[];
}

/** More strangers than this are not named: something else is wrong then. */
const MAX_STRANGERS = 100;

/**
 * Lists the archive. Memory grows with the number of gaps and timelines, not of segments.
 *
 * @throws {@link OpsError} `STORE-CORRUPT` or `WAL-HISTORY` when a history file is damaged.
 */
export async function listArchive(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<ArchiveListing> {
  const { segmentBytes } = lineage.identity;
  const builder = runBuilder(segmentBytes);
  const histories = new Map<number, TimelineHistory>([[1, { timeline: 1, parents: [] }]]);
  const strangers: string[] = [];
  const arrivals = new Map<string, Date>();
  let expected: string | undefined;
  let segments = 0;
  let storedBytes = 0;
  let newestAt: Date | undefined;
  for await (const { key, bytes, modifiedAt } of store.list(lineage.keys.walPrefix, options)) {
    storedBytes += bytes;
    if (newestAt === undefined || modifiedAt > newestAt) newestAt = modifiedAt;
    const kind = kindOf(lineage, key);
    if (kind === 'segment') {
      const name = nameOf(key);
      builder.add(name);
      if (name !== expected) arrivals.set(name, modifiedAt);
      expected = nextSegment(name, segmentBytes);
      segments += 1;
    } else if (kind === 'history') {
      const timeline = Number.parseInt(nameOf(key).slice(0, 8), 16);
      histories.set(timeline, await readHistory(store, key, timeline, options));
    } else if (kind === 'stranger' && strangers.length < MAX_STRANGERS) {
      strangers.push(key);
    }
  }
  const runs = builder.runs();
  return { runs, histories, arrivals, segments, storedBytes, newestAt, strangers };
}

/** What lies at `key` under `wal/`: an archive file at its right place, or a stranger. */
export function kindOf(
  lineage: Lineage,
  key: string,
): 'segment' | 'history' | 'partial' | 'backup' | 'stranger' {
  const name = nameOf(key);
  const { keys, identity } = lineage;
  // A partial's name carries the first digits of its hash behind it.
  const [, partial, digits = ''] = /^([0-9A-F]{24}\.partial)\.([0-9a-f]{16})$/.exec(name) ?? [];
  try {
    if (partial !== undefined) {
      parseArchiveFile(partial);
      return key === keys.walPartial(partial, digits) ? 'partial' : 'stranger';
    }
    const { kind } = parseArchiveFile(name);
    // Not every name of that shape can occur with segments of this size.
    if (kind === 'segment') parseSegment(name, identity.segmentBytes);
    return kind !== 'partial' && key === keys.wal(name) ? kind : 'stranger';
  } catch (error) {
    if (isOpsError(error, 'WAL-NAME')) return 'stranger';
    throw error;
  }
}

async function readHistory(
  store: ObjectStore,
  key: string,
  timeline: number,
  options: CallOptions,
): Promise<TimelineHistory> {
  const { plain } = await getSealed(store, key, options);
  return parseTimelineHistory(Buffer.from(plain).toString('utf8'), timeline);
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.zst$/, '');
}
