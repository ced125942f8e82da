import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import type {
  ListOptions,
  ObjectBody,
  ObjectHead,
  ObjectStat,
  ObjectStore,
} from '../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { encodeRecord } from '../../lib/core/store/record.ts';
import { BackupRecord } from '../../lib/core/store/records.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { putBackup } from './backup-fixture.ts';
import { claimTestLineage, lsnAt, putSegment, segment } from './wal-fixture.ts';

/** What {@link simulateStore} makes up. */
export interface SimulatedSize {
  /** Segments of 1 MiB, from number 1 on, each with its index. */
  readonly segments: number;
  /** Complete backups, spread evenly over the segments. */
  readonly backups: number;
  /** @default 40 - as of a database of 10 GB */
  readonly partsPerBackup?: number;
}

/** A store too large to be real, and the lineage in it. */
export interface SimulatedStore {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
}

const FRAMES_PER_PART = 32;
const FRAME_BYTES = 8 * 1024 * 1024;
const PART_BYTES = FRAMES_PER_PART * FRAME_BYTES;
const MANIFEST_BYTES = 300_000;
const FIRST_BACKUP = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const ARRIVED_AT = new Date(Date.UTC(2026, 10, 1));
const ETAG = 'simulated';
const HASH = 'a'.repeat(64);

/**
 * A store that makes its objects up while they are listed or read, so that only what reads it takes
 * memory: an unbroken archive on one timeline, and backups whose records are whole. Of the segments
 * only the last has bytes, with a commit in it; parts have none.
 */
export async function simulateStore(size: SimulatedSize): Promise<SimulatedStore> {
  const real = new MemoryObjectStore();
  const lineage = await claimTestLineage(real);
  const lastCommit = new Date(FIRST_BACKUP + (size.backups + 1) * HOUR_MS);
  const last = segment(size.segments);
  await putSegment(real, lineage, last, { commits: [lastCommit], isIndexed: true });
  const model = await modelBackup(size);
  const recordOf = recordMaker(model, size);
  const made = [
    {
      prefix: lineage.keys.basePrefix,
      rows: (from: string) => backupRows(lineage, recordOf, size, from),
    },
    { prefix: lineage.keys.walIndexPrefix, rows: (from: string) => indexRows(lineage, size, from) },
    { prefix: lineage.keys.walPrefix, rows: (from: string) => walRows(lineage, size, from) },
  ];

  const list = async function* (
    prefix: string,
    { after = '' }: ListOptions = {},
  ): AsyncGenerator<ObjectHead> {
    const from = after > prefix ? after : prefix;
    const others = await Array.fromAsync(real.list(prefix));
    const below = (key: string): boolean => made.some((one) => key.startsWith(one.prefix));
    const kept = others.filter(({ key }) => !below(key) && key > after);
    for (const { prefix: place, rows } of made) {
      while (kept[0] !== undefined && kept[0].key < place) yield* kept.splice(0, 1);
      if (!place.startsWith(prefix) && !prefix.startsWith(place)) continue;
      for (const row of rows(from)) {
        if (!row.key.startsWith(prefix)) {
          if (row.key > `${prefix}\uffff`) break;
          continue;
        }
        if (row.key > after) yield row;
      }
    }
    yield* kept;
  };

  const recordAt = (key: string): Uint8Array | undefined => {
    const id = /base\/([^/]+)\/backup\.json$/.exec(key)?.[1];
    const index = id === undefined ? -1 : indexOfId(id);
    return index < 0 ? undefined : encodeRecord(BackupRecord, recordOf(index));
  };

  const store: ObjectStore = {
    url: 'memory:simulated',
    putIfAbsent: async (...call) => real.putIfAbsent(...call),
    putStream: async (...call) => real.putStream(...call),
    replace: async (...call) => real.replace(...call),
    hidden: (...call) => real.hidden(...call),
    expireTagged: async (...call) => real.expireTagged(...call),
    tag: async (...call) => real.tag(...call),
    tags: async (...call) => real.tags(...call),
    proveConditional: async (...call) => real.proveConditional(...call),
    get: async (key, options) => {
      const record = recordAt(key);
      return record === undefined ? real.get(key, options) : bodyOf(key, record);
    },
    head: async (key, options) => {
      const record = recordAt(key);
      return record === undefined ? real.head(key, options) : statOf(key, record);
    },
    list,
    async *folders(prefix) {
      if (prefix !== lineage.keys.basePrefix) {
        yield* real.folders(prefix);
        return;
      }
      for (let index = 0; index < size.backups; index += 1) yield recordOf(index).id;
    },
  };
  return { store, lineage };
}

/** One backup as a run describes it, whose parts are then as many as wanted. */
async function modelBackup({ partsPerBackup = 40 }: SimulatedSize): Promise<BackupRecord> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const record = await putBackup(store, lineage, { start: 1, finishedAt: new Date(FIRST_BACKUP) });
  const parts = Array.from({ length: partsPerBackup }, (_, index) => ({
    name: `part-${String(index + 1).padStart(5, '0')}.tar.zst`,
    plainBytes: PART_BYTES,
    storedBytes: PART_BYTES / 4,
    plainSha256: HASH,
    storedSha256: HASH,
    members: 250,
    frames: Array.from({ length: FRAMES_PER_PART }, (): [number, number] => [
      FRAME_BYTES / 4,
      FRAME_BYTES,
    ]),
  }));
  return { ...record, parts, manifest: { ...record.manifest, storedBytes: MANIFEST_BYTES } };
}

function recordMaker(
  model: BackupRecord,
  { segments, backups }: SimulatedSize,
): (index: number) => BackupRecord {
  return (index) => {
    const number = 1 + Math.floor((index * (segments - 1)) / backups);
    const finishedAt = new Date(FIRST_BACKUP + index * HOUR_MS);
    return {
      ...model,
      id: idAt(index, segment(number)),
      startLsn: lsnAt(number) + 40n,
      stopLsn: lsnAt(number) + 48n,
      startSegment: segment(number),
      stopSegment: segment(number),
      startedAt: new Date(finishedAt.getTime() - HOUR_MS / 60),
      finishedAt,
    };
  };
}

function idAt(index: number, start: string): string {
  const at = new Date(FIRST_BACKUP + index * HOUR_MS).toISOString();
  const time = at.replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '');
  return `${time}-1-${start}`;
}

function indexOfId(id: string): number {
  const [, year, month, day, hour] = /^(\d{4})(\d\d)(\d\d)T(\d\d)/.exec(id) ?? [];
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
  return (at - FIRST_BACKUP) / HOUR_MS;
}

function* backupRows(
  { keys }: Lineage,
  recordOf: (index: number) => BackupRecord,
  { backups }: SimulatedSize,
  from: string,
): Generator<ObjectHead> {
  const id = /base\/([^/]+)\//.exec(from)?.[1];
  for (let index = id === undefined ? 0 : indexOfId(id); index < backups; index += 1) {
    const { id, manifest, parts } = recordOf(index);
    const { record, prefix } = keys.backup(id);
    yield row(record, 1);
    for (const { name, storedBytes } of [manifest, ...parts])
      yield row(`${prefix}${name}`, storedBytes);
  }
}

function* walRows(
  { keys }: Lineage,
  { segments }: SimulatedSize,
  from: string,
): Generator<ObjectHead> {
  for (let number = firstNumber(from); number <= segments; number += 1) {
    yield row(keys.wal(segment(number)), 400_000);
  }
}

function* indexRows(
  { keys }: Lineage,
  { segments }: SimulatedSize,
  from: string,
): Generator<ObjectHead> {
  for (let number = firstNumber(from); number <= segments; number += 1) {
    yield row(keys.walIndex(segment(number)), 700);
  }
}

/** Number of the segment that `key` is of; 1 for the key of none. */
function firstNumber(key: string): number {
  const [, log, low] = /\/[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})[^/]*$/.exec(key) ?? [];
  if (log === undefined || low === undefined) return 1;
  return Math.max(1, Number.parseInt(log, 16) * 4096 + Number.parseInt(low, 16));
}

function row(key: string, bytes: number): ObjectHead {
  return { key, bytes, etag: ETAG, modifiedAt: ARRIVED_AT };
}

function statOf(key: string, record: Uint8Array): ObjectStat {
  const hash = sha256(record);
  const metadata = { plainSha256: hash, storedSha256: hash, epoch: 1 };
  return { ...row(key, record.byteLength), metadata };
}

function bodyOf(key: string, record: Uint8Array): ObjectBody {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield record;
  };
  return { stat: statOf(key, record), chunks: chunks() };
}
