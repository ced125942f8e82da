import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { isDamaged } from './damaged.ts';
import type { Lineage } from './lineage.ts';
import { getRecord } from './record.ts';
import { GapAnchor, GapRecord } from './records.ts';

/** A gap that somebody acknowledged. */
export interface KnownGap extends Pick<GapRecord, 'id' | 'kind' | 'firstSegment' | 'lastSegment'> {
  readonly reason: string;
  /** Who acknowledged it, and when; unknown when the record is damaged. */
  readonly by: string | undefined;
  readonly at: Date | undefined;
  /** Id of the backup that recovery behind it starts from; `undefined` until there is one. */
  readonly anchor: string | undefined;
}

const RECORD_NAME = /^(?<id>(?<first>[0-9A-F]{24})-(?<kind>missing|poisoned))\.json$/;
const LAST_OF_TIMELINE = 'F'.repeat(16);

/**
 * All acknowledged gaps of a lineage, by their first segment.
 *
 * A damaged record of poisoned names counts up to the end of its timeline: nobody can tell whose
 * bytes lie behind its first. One of missing segments acknowledges nothing.
 */
export async function readGaps(
  store: ObjectStore,
  lineage: Lineage,
  { signal }: CallOptions = {},
): Promise<readonly KnownGap[]> {
  const options = { signal };
  const { gapPrefix } = lineage.keys;
  const gaps: KnownGap[] = [];
  const keys: string[] = [];
  for await (const { key } of store.list(gapPrefix, options)) keys.push(key);
  for (const key of keys) {
    const { id, first, kind } = RECORD_NAME.exec(key.slice(gapPrefix.length))?.groups ?? {};
    if (id === undefined || first === undefined) continue;
    const hasAnchor = keys.includes(lineage.keys.gapAnchor(id));
    const anchor = hasAnchor ? await readAnchor(store, lineage, id, options) : undefined;
    const record = await unlessDamaged(getRecord(store, key, GapRecord, options));
    if (record !== undefined) gaps.push({ ...record, anchor });
    else if (kind === 'poisoned') gaps.push({ ...toTheEnd(id, first), anchor });
  }
  return gaps;
}

/** The gap in which a segment lies, of one `kind` if it is given. */
export function gapAround(
  gaps: readonly KnownGap[],
  segment: string,
  kind?: GapRecord['kind'],
): KnownGap | undefined {
  // Names of one timeline sort as their numbers do.
  return gaps.find(
    (gap) =>
      gap.firstSegment <= segment &&
      segment <= gap.lastSegment &&
      (kind === undefined || gap.kind === kind),
  );
}

function toTheEnd(id: string, firstSegment: string): Omit<KnownGap, 'anchor'> {
  return {
    id,
    kind: 'poisoned',
    firstSegment,
    lastSegment: `${firstSegment.slice(0, 8)}${LAST_OF_TIMELINE}`,
    reason: 'its record is damaged',
    by: undefined,
    at: undefined,
  };
}

async function readAnchor(
  store: ObjectStore,
  { keys }: Lineage,
  id: string,
  options: CallOptions,
): Promise<string | undefined> {
  const anchor = getRecord(store, keys.gapAnchor(id), GapAnchor, options);
  return (await unlessDamaged(anchor))?.backupId;
}

/** Whoever verifies the store tells of the damage. */
async function unlessDamaged<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isDamaged(error)) return undefined;
    throw error;
  }
}
