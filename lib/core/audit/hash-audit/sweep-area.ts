import { pMapIterable } from 'p-map';
import { readBackups } from '../../catalog/read-backups.ts';
import type { ObjectHead, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { otherObjects } from '../other-objects.ts';
import { readArchiveFile } from '../read-archive-file.ts';
import { readObject } from '../read-object.ts';
import type { Verification } from '../verification.ts';
import { verifyBackupObjects } from '../verify-backup-objects.ts';
import type { Sweep } from './hash-record.ts';

/** What a sweep works with. */
export interface SweepDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly run: Verification;
  /** Whether an object is to be read. */
  readonly isDue: (head: ObjectHead) => boolean;
  /** Whether to stop here and leave the rest to the next audit. */
  readonly isTimeUp: () => boolean;
  /** Told after each object that was read. */
  readonly onRead: (key: string) => void;
  /** Frames, or segments, at once. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

/** Bounds the memory of segments that are read at the same time. */
const SEGMENT_BYTES_AT_ONCE = 64 * 1024 * 1024;

/** Reads what is due in one area, behind the key `after`; whether it came to the area's end. */
export async function sweepArea(
  area: Sweep['area'],
  after: string | undefined,
  deps: SweepDeps,
): Promise<boolean> {
  if (area === 'base') return sweepBackups(after, deps);
  if (area === 'other') {
    const rows = otherObjects(deps.store, deps.lineage, from(after, deps));
    return sweepRows(rows, 1, deps, readOther);
  }
  const rows = deps.store.list(deps.lineage.keys.walPrefix, from(after, deps));
  const room = Math.floor(SEGMENT_BYTES_AT_ONCE / deps.lineage.identity.segmentBytes);
  return sweepRows(rows, Math.max(1, Math.min(deps.parallel, room)), deps, readWal);
}

/** Proves one object against its hashes, wherever it lies. */
export async function proveObject(head: ObjectHead, deps: SweepDeps): Promise<void> {
  const { store, lineage, run, parallel, signal } = deps;
  const { basePrefix, walPrefix } = lineage.keys;
  if (head.key.startsWith(basePrefix)) {
    const id = head.key.slice(basePrefix.length).split('/')[0] ?? '';
    for await (const { verdict } of readBackups(store, lineage, {
      signal,
      after: `${basePrefix}${id}`,
    })) {
      if ('reason' in verdict || verdict.id !== id) break;
      await verifyBackupObjects({ store, lineage, run }, verdict, [head], {
        deep: true,
        parallel,
        signal,
      });
      break;
    }
    return;
  }
  await (head.key.startsWith(walPrefix) ? readWal : readOther)(head, deps);
}

/** Part by part: a part is large, and its frames are read side by side. */
async function sweepBackups(after: string | undefined, deps: SweepDeps): Promise<boolean> {
  const { store, lineage, run, isDue, isTimeUp, onRead, parallel, signal } = deps;
  let isDone = true;
  const due = function* (objects: readonly ObjectHead[]): Generator<ObjectHead> {
    for (const head of objects) {
      if ((after !== undefined && head.key <= after) || !isDue(head)) continue;
      isDone &&= !isTimeUp();
      if (!isDone) return;
      yield head;
      onRead(head.key);
    }
  };
  // The whole folder, for only with all of it a record can be judged.
  const folder = after?.slice(0, after.lastIndexOf('/'));
  const found = readBackups(store, lineage, {
    signal,
    ...(folder !== undefined && { after: folder }),
  });
  for await (const { objects, verdict } of found) {
    // Without a whole record there is nothing to compare with.
    if ('reason' in verdict) continue;
    await verifyBackupObjects({ store, lineage, run }, verdict, due(objects), {
      deep: true,
      parallel,
      signal,
    });
    if (!isDone) return false;
  }
  return true;
}

async function sweepRows(
  rows: AsyncIterable<ObjectHead>,
  concurrency: number,
  deps: SweepDeps,
  read: (head: ObjectHead, deps: SweepDeps) => Promise<void>,
): Promise<boolean> {
  let isDone = true;
  const due = async function* (): AsyncGenerator<ObjectHead> {
    for await (const head of rows) {
      if (!deps.isDue(head)) continue;
      isDone &&= !deps.isTimeUp();
      if (!isDone) return;
      yield head;
    }
  };
  const readOne = async (head: ObjectHead): Promise<string> => {
    await read(head, deps);
    return head.key;
  };
  for await (const key of pMapIterable(due(), readOne, { concurrency })) deps.onRead(key);
  return isDone;
}

async function readWal(
  head: ObjectHead,
  { store, lineage, run, signal }: SweepDeps,
): Promise<void> {
  const options = { deep: true, parallel: 1, signal };
  await run.check(head, async () => readArchiveFile(store, lineage, head.key, options));
}

async function readOther(
  head: ObjectHead,
  { store, lineage, run, signal }: SweepDeps,
): Promise<void> {
  const options = { deep: true, parallel: 1, signal };
  await run.check(head, async () => readObject({ store, lineage }, head.key, options));
}

function from(
  after: string | undefined,
  { signal }: SweepDeps,
): { readonly signal: AbortSignal | undefined; readonly after?: string } {
  return { signal, ...(after !== undefined && { after }) };
}
