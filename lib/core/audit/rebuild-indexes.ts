import { pMapIterable } from 'p-map';
import { kindOf } from '../catalog/archive-listing.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { putIndex } from '../wal/index/put-index.ts';
import { readSegment } from '../wal/index/read-index.ts';
import { type Finding, findingFrom } from './verify-report.ts';

/** What became of the indexes that were missing. */
export interface RebuiltIndexes {
  readonly rebuilt: number;
  /** The store would not take them. */
  readonly missing: number;
  readonly findings: readonly Finding[];
}

/** A segment without its index, or the other way round. */
interface Single {
  readonly name: string;
  readonly lacks: 'index' | 'segment';
}

/** How segments are read. */
interface RebuildOptions {
  /** At once. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the indexes that segments lack. Memory does not grow with the archive.
 *
 * An index outlives no segment, so one by itself tells that a segment was archived and is gone, even at
 * the end of the archive, where continuity cannot.
 *
 * @throws {@link OpsError} the store's own, when it cannot be read.
 */
export async function rebuildIndexes(
  store: ObjectStore,
  lineage: Lineage,
  { parallel, signal }: RebuildOptions,
): Promise<RebuiltIndexes> {
  const findings: Finding[] = [];
  let rebuilt = 0;
  let missing = 0;
  const rebuild = async (name: string): Promise<void> => {
    const key = lineage.keys.wal(name);
    try {
      // A store that refused one refuses them all: the rest is counted, not read.
      const isStored = missing === 0 && (await reindex(store, lineage, name, signal));
      if (isStored) rebuilt += 1;
      else missing += 1;
    } catch (error) {
      findings.push(findingFrom(error, key));
    }
  };
  const singles = findSingles(store, lineage, signal);
  const work = pMapIterable(
    singles,
    async ({ name, lacks }) => {
      if (lacks === 'index') return rebuild(name);
      const key = lineage.keys.wal(name);
      // It may have been archived while the listings ran.
      if ((await store.head(key, { signal })) === undefined) findings.push(goneSegment(key));
    },
    { concurrency: parallel },
  );
  for await (const _ of work);
  return { rebuilt, missing, findings };
}

/** Whether the store took the index. */
async function reindex(
  store: ObjectStore,
  lineage: Lineage,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { plain, stat } = await readSegment({ store, lineage }, name, { signal });
  const epoch = stat.metadata?.epoch ?? 0;
  return (await putIndex({ store, lineage }, name, plain, { epoch, signal })) === undefined;
}

/** Walks both listings side by side: names come in the same order in each. */
async function* findSingles(
  store: ObjectStore,
  lineage: Lineage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Single> {
  const indexes = indexNames(store, lineage, signal);
  let index = await indexes.next();
  for await (const name of segmentNames(store, lineage, signal)) {
    for (; index.done !== true && index.value < name; index = await indexes.next()) {
      yield { name: index.value, lacks: 'segment' };
    }
    if (index.done !== true && index.value === name) index = await indexes.next();
    else yield { name, lacks: 'index' };
  }
  for (; index.done !== true; index = await indexes.next()) {
    yield { name: index.value, lacks: 'segment' };
  }
}

async function* segmentNames(
  store: ObjectStore,
  lineage: Lineage,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, undefined> {
  for await (const { key } of store.list(lineage.keys.walPrefix, { signal })) {
    if (kindOf(lineage, key) === 'segment') yield nameIn(key, '.zst');
  }
  return undefined;
}

async function* indexNames(
  store: ObjectStore,
  { keys }: Lineage,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, undefined> {
  for await (const { key } of store.list(keys.walIndexPrefix, { signal })) {
    const name = nameIn(key, '.json');
    if (key === keys.walIndex(name)) yield name;
  }
  return undefined;
}

function nameIn(key: string, suffix: string): string {
  return key.slice(key.lastIndexOf('/') + 1, -suffix.length);
}

function goneSegment(key: string): Finding {
  const detail = 'its index is there: the segment was archived, and is gone';
  return { code: 'STORE-ABSENT', object: key, detail };
}
