import { kindOf } from '../catalog/archive-listing.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { getSealed } from '../store/sealed-object.ts';
import { sha256 } from '../store/sha256.ts';
import { parseArchiveFile } from '../wal/archive-file.ts';
import { formatLsn } from '../wal/lsn.ts';
import { assertWholeSegment } from '../wal/whole-segment.ts';
import { parseSegment } from '../wal/segment.ts';
import { parseTimelineHistory } from '../wal/timeline-history.ts';
import { assertIndexFits } from './read-index-object.ts';
import type { ReadOptions } from './read-object.ts';

/**
 * Proves one object under `wal/`: its bytes against their hashes, and that they are what its name
 * says; a segment's index against the segment. Histories are always read, because every path depends on them; the rest only with `deep`.
 *
 * @returns the epoch of the writer that archived it; `undefined` when it was not read.
 * @throws {@link OpsError} `STORE-CORRUPT`, `WAL-PAGE`, `WAL-IDENTITY`, `WAL-HISTORY`.
 */
export async function readArchiveFile(
  store: ObjectStore,
  lineage: Lineage,
  key: string,
  { deep, signal }: ReadOptions,
): Promise<number | undefined> {
  const kind = kindOf(lineage, key);
  // A stranger is reported by its name; there is no hash it could be held against.
  if (kind === 'stranger' || (!deep && kind !== 'history')) return undefined;
  const { plain, stat } = await getSealed(store, key, { signal });
  proveContent(lineage, key, kind, plain);
  if (kind === 'segment') {
    await assertIndexFits(store, lineage, nameOf(key), plain, { signal });
  }
  return stat.metadata?.epoch;
}

function proveContent(
  { id, identity, keys }: Lineage,
  key: string,
  kind: 'segment' | 'history' | 'partial' | 'backup',
  plain: Uint8Array,
): void {
  const name = nameOf(key);
  const { segmentBytes } = identity;
  switch (kind) {
    case 'segment':
      assertWholeSegment(plain, name, { ...id, segmentBytes });
      return;
    case 'history':
      parseTimelineHistory(textOf(plain), parseArchiveFile(name).timeline);
      return;
    case 'partial':
      if (key !== keys.walPartial(name.slice(0, name.lastIndexOf('.')), sha256(plain))) {
        throw misnamed(key, 'the hash in its name');
      }
      return;
    case 'backup':
      if (!textOf(plain).startsWith(backupStart(name, segmentBytes))) {
        throw misnamed(key, 'the start of the backup in its name');
      }
      return;
  }
}

/**
 * How the history of a base backup begins, by its name: segment, then offset.
 *
 * @see PostgreSQL build_backup_content, src/backend/access/transam/xlogbackup.c
 */
function backupStart(name: string, segmentBytes: number): string {
  const [segment = '', offset = ''] = name.split('.');
  const lsn = parseSegment(segment, segmentBytes).startLsn + BigInt(`0x${offset}`);
  return `START WAL LOCATION: ${formatLsn(lsn)} (file ${segment})\n`;
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1, -'.zst'.length);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

function misnamed(key: string, what: string): OpsError {
  return new OpsError('STORE-CORRUPT', `${key} does not match ${what}`, {
    hint: 'objects were copied to a place where they do not belong: see where the store came from',
    details: { object: key },
  });
}
