import { OpsError } from '../../errors/ops-error.ts';
import type {
  CallOptions,
  ObjectBody,
  ObjectHead,
  ObjectStat,
  ObjectStore,
} from '../../ports/object-store.ts';
import type { WalDirectory } from '../../ports/wal-directory.ts';
import { delegating } from '../../store/delegating.ts';
import type { Lineage } from '../../store/lineage.ts';
import { sha256 } from '../../store/sha256.ts';
import { compressWal } from '../../store/zstd.ts';
import { parseArchiveFile } from '../../wal/archive-file.ts';
import { cutSegment } from './cut-segment.ts';
import { walBefore } from './wal-before.ts';

/** WAL files that only `pg_wal` of a stopped server has. */
export interface LeftWal {
  readonly wal: WalDirectory;
  /** Names of whole files. */
  readonly whole: readonly string[];
  /** Name of a segment that was not finished. */
  readonly unfinished: string | undefined;
  /** When they were found. */
  readonly seenAt: Date;
}

/**
 * A view of `store` in which WAL that `pg_wal` alone has stands beside what is archived, so that a
 * recovery is planned from both and replays both. What is written goes to `store`.
 */
export function withLeftWal(store: ObjectStore, lineage: Lineage, left: LeftWal): ObjectStore {
  const names = [...left.whole, ...(left.unfinished === undefined ? [] : [left.unfinished])];
  const keys = new Map(
    names
      .filter((name) => parseArchiveFile(name).kind !== 'partial')
      .map((name) => [lineage.keys.wal(name), name] as const),
  );
  const headOf = (key: string): ObjectHead => ({
    key,
    bytes: lineage.identity.segmentBytes,
    etag: key,
    modifiedAt: left.seenAt,
  });
  const read = async (key: string, name: string, options: CallOptions): Promise<ObjectBody> => {
    const bytes = await left.wal.read(name, 'any', options);
    if (bytes === undefined) throw vanished(name, left.wal.path);
    const plain =
      name === left.unfinished
        ? cutSegment(bytes, await walBefore({ store: view, lineage }, name, options))
        : bytes;
    const body = await compressWal(plain);
    const metadata = { plainSha256: sha256(plain), storedSha256: sha256(body), epoch: 0 };
    return { stat: { ...headOf(key), bytes: body.byteLength, metadata }, chunks: once(body) };
  };

  const view: ObjectStore = {
    ...delegating(store),
    get: async (key, options = {}) => {
      const name = keys.get(key);
      return name === undefined ? store.get(key, options) : read(key, name, options);
    },
    head: async (key, options = {}): Promise<ObjectStat | undefined> => {
      const name = keys.get(key);
      if (name === undefined) return store.head(key, options);
      return (await read(key, name, options)).stat;
    },
    list: (prefix, options = {}) => {
      const { after = '' } = options;
      const own = [...keys.keys()].filter((key) => key.startsWith(prefix) && key > after);
      return merged(store.list(prefix, options), own.toSorted().map(headOf));
    },
  };
  return view;
}

/** Both in the order of their keys; one that is stored counts. */
async function* merged(
  stored: AsyncIterable<ObjectHead>,
  own: readonly ObjectHead[],
): AsyncGenerator<ObjectHead, void, undefined> {
  let next = 0;
  for await (const head of stored) {
    for (; next < own.length; next += 1) {
      const mine = own[next];
      if (mine === undefined || mine.key > head.key) break;
      if (mine.key < head.key) yield mine;
    }
    yield head;
  }
  yield* own.slice(next);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function vanished(name: string, path: string): OpsError {
  return new OpsError('RESTORE-WAL', `${name} is no longer in pg_wal of ${path}`, {
    hint: 'find out who removed it: it may hold the last commits of the old server',
    details: { name },
  });
}
