import { pMapIterable } from 'p-map';
import type { BackupRecord, PartRecord } from '../store/records.ts';
import { Event } from '../contract/events.ts';
import type { BackupKeys } from '../contract/key-layout.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { BaseBackupStream } from '../ports/base-backup-source.ts';
import type { Log } from '../ports/log.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { readTarMembers } from '../tar/tar-members.ts';
import { type BackupLabel, parseBackupLabel } from './backup-label.ts';
import { proveOrigin } from './control-file.ts';
import { type BackupPiece, readLabelFirst, splitParts } from './split-parts.ts';
import { storeManifest, type StoredManifest, storePart } from './store-piece.ts';

/** What {@link copyCluster} works with. */
export interface CopyContext extends CallOptions {
  readonly store: ObjectStore;
  readonly log: Log;
  /** Decimal; the copy must be of this cluster. */
  readonly systemIdentifier: string;
  readonly partBytes: number;
  readonly parallel: number;
  /** Decides, by the label, where the copy goes. */
  readonly place: (label: BackupLabel) => BackupKeys;
  readonly onBytes: (bytes: number) => void;
}

/** A copy whose objects are all stored, not yet recorded. */
export interface ClusterCopy {
  readonly label: BackupLabel;
  readonly parts: BackupRecord['parts'];
  readonly manifest: StoredManifest;
  readonly checksumFailures: readonly string[];
}

/** A part's last frames are compressed and uploaded while the next part starts. */
const PIECES_IN_FLIGHT = 2;

/**
 * Splits, compresses, hashes and stores a base backup while it streams in, with flat memory.
 *
 * @throws {@link OpsError} `BACKUP-FAILED`, `BACKUP-TAR`, `BACKUP-LABEL`, `BACKUP-MANIFEST`,
 *   `WAL-IDENTITY`, and what the store throws.
 */
export async function copyCluster(
  stream: BaseBackupStream,
  context: CopyContext,
): Promise<ClusterCopy> {
  const members = readTarMembers(counted(stream.chunks, context.onBytes));
  const first = await readLabelFirst(proveOrigin(members, context.systemIdentifier));
  const label = parseBackupLabel(first.label);
  const keys = context.place(label);
  const parts: PartRecord[] = [];
  let manifest: StoredManifest | undefined;
  const pieces = pMapIterable(
    splitParts(first.events, context.partBytes),
    async (piece, index) => storePiece(piece, index, keys, context),
    { concurrency: PIECES_IN_FLIGHT, backpressure: PIECES_IN_FLIGHT },
  );
  for await (const stored of pieces) {
    if ('walRanges' in stored) manifest = stored;
    else parts.push(stored);
  }
  const { checksumFailures } = await stream.finished;
  if (manifest === undefined || parts.length === 0) {
    throw new OpsError('BACKUP-MANIFEST', 'the base backup came without its manifest', {
      hint: 'pg_basebackup of PostgreSQL 15 or later sends it: see which one was found',
    });
  }
  return { label, parts, manifest, checksumFailures };
}

async function storePiece(
  piece: BackupPiece,
  index: number,
  keys: BackupKeys,
  { store, log, parallel, signal }: CopyContext,
): Promise<PartRecord | StoredManifest> {
  if (piece.kind === 'manifest') return storeManifest(store, keys.manifest, piece, { signal });
  const key = keys.part(index + 1);
  const part = await storePart(store, key, piece, { parallel, signal });
  log.info(Event.BACKUP_PART_STORED, {
    object_key: key,
    bytes: part.plainBytes,
    stored_bytes: part.storedBytes,
  });
  return part;
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    onBytes(chunk.byteLength);
    yield chunk;
  }
}
