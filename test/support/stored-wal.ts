import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { getSealed } from '../../lib/core/store/sealed-object.ts';
import { nextSegment } from '../../lib/core/wal/segment.ts';
import type { ProtectedCluster } from './protected-cluster.ts';

/** What a store holds of a cluster's WAL, compared with `pg_wal`. */
export interface StoredWal {
  /** Names of the segments, in order. */
  readonly segments: readonly string[];
  /** Names of the segments that are not what `pg_wal` has under the same name. */
  readonly different: readonly string[];
  /** Segments after which the next is not the next one. */
  readonly gaps: readonly string[];
}

/** Reads and decodes every segment in the store; those that PostgreSQL has removed are not compared. */
export async function readStoredWal(cluster: ProtectedCluster): Promise<StoredWal> {
  const { store, server } = cluster;
  const { keys, identity } = await cluster.lineage();
  const segments: string[] = [];
  const different: string[] = [];
  for await (const { key } of store.list(keys.walPrefix)) {
    const name = basename(key, '.zst');
    if (!/^[0-9A-F]{24}$/.test(name)) continue;
    segments.push(name);
    const { plain } = await getSealed(store, key);
    const local = await readFile(join(server.dataDirectory, 'pg_wal', name)).catch(() => undefined);
    if (local !== undefined && !local.equals(plain)) different.push(name);
  }
  const gaps = segments
    .slice(0, -1)
    .filter((name, index) => nextSegment(name, identity.segmentBytes) !== segments[index + 1]);
  return { segments, different, gaps };
}

/** Keys and contents' tags of all objects. */
export async function storedObjects({
  store,
}: Pick<ProtectedCluster, 'store'>): Promise<readonly string[]> {
  const heads = await Array.fromAsync(store.list(''));
  return heads.map(({ key, etag }) => `${key} ${etag}`);
}

/** {@link storedObjects} but indexes, which come a moment after their segments. */
export async function storedKeys(cluster: ProtectedCluster): Promise<readonly string[]> {
  return (await storedObjects(cluster)).filter((object) => !object.includes('/wal-index/'));
}
