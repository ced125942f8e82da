import { pMapIterable } from 'p-map';
import type { BackupRecord, PartRecord } from '../store/records.ts';
import { Event } from '../contract/events.ts';
import type { BackupKeys } from '../contract/key-layout.ts';
import { OpsError } from '../errors/ops-error.ts';
import type {
  BaseBackupOutcome,
  BaseBackupStart,
  BaseBackupStream,
} from '../ports/base-backup-source.ts';
import type { Digests } from '../ports/digests.ts';
import type { Log } from '../ports/log.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { frameBuffers } from '../tar/frame-buffers.ts';
import { type BackupLabel, parseBackupLabel } from './backup-label.ts';
import { type CopiedMembers, copiedMembers } from './copied-members.ts';
import { assertOrigin, assertSameStart } from './copy-start.ts';
import { type BackupPiece, splitParts } from './split-parts.ts';
import {
  storeManifest,
  type StoredManifest,
  storePart,
  type StorePartOptions,
} from './store-piece.ts';

/** What {@link copyCluster} works with. */
export interface CopyContext extends CallOptions {
  readonly store: ObjectStore;
  readonly log: Log;
  /** Decimal; the copy must be of this cluster. */
  readonly systemIdentifier: string;
  readonly partBytes: number;
  readonly parallel: number;
  readonly digests: Digests;
  /** Decides, by where the copy starts, where it goes. */
  readonly place: (start: BaseBackupStart) => BackupKeys;
  readonly onBytes: (bytes: number) => void;
}

/** A copy whose objects are all stored, not yet recorded. */
export interface ClusterCopy extends BaseBackupOutcome {
  readonly label: BackupLabel;
  readonly parts: BackupRecord['parts'];
  readonly manifest: StoredManifest;
  /** Those that came as archives of their own. */
  readonly tablespaces: BaseBackupStart['tablespaces'];
  /** Plain bytes of the files in a tablespace. */
  readonly tablespaceBytes: (oid: string) => number;
}

/** A part's last frames are compressed and uploaded while the next part starts. */
const PIECES_IN_FLIGHT = 2;

/**
 * Splits, compresses, hashes and stores a base backup while it streams in, with flat memory.
 *
 * @throws {@link OpsError} `WAL-IDENTITY` before anything is stored; `BACKUP-FAILED`, `BACKUP-TAR`,
 *   `BACKUP-LABEL`, `BACKUP-MANIFEST`, and what the store throws.
 */
export async function copyCluster(
  stream: BaseBackupStream,
  context: CopyContext,
): Promise<ClusterCopy> {
  const start = await stream.started;
  assertOrigin(start, context.systemIdentifier);
  const keys = context.place(start);
  const members = copiedMembers(stream.archives);
  const parts: PartRecord[] = [];
  let manifest: StoredManifest | undefined;
  const { parallel, digests, signal } = context;
  const options = { parallel, digests, buffers: frameBuffers(), signal };
  const pieces = pMapIterable(
    backupPieces(members, context),
    async (piece, index) => storePiece(piece, index, keys, context, options),
    { concurrency: PIECES_IN_FLIGHT, backpressure: PIECES_IN_FLIGHT },
  );
  for await (const stored of pieces) {
    if ('walRanges' in stored) manifest = stored;
    else parts.push(stored);
  }
  const outcome = await stream.finished;
  if (manifest === undefined || parts.length === 0) {
    throw new OpsError('BACKUP-MANIFEST', 'the base backup came without its manifest', {
      hint: 'PostgreSQL 15 or later sends it: see which version the server is',
    });
  }
  const label = parseBackupLabel(members.label());
  assertSameStart(start, label);
  const { tablespaces } = start;
  const tablespaceBytes = (oid: string): number => members.tablespaceBytes(oid);
  return { ...outcome, label, parts, manifest, tablespaces, tablespaceBytes };
}

async function* backupPieces(
  members: CopiedMembers,
  { partBytes, onBytes }: CopyContext,
): AsyncGenerator<BackupPiece, void, undefined> {
  yield* splitParts(members.events, partBytes, onBytes);
  const chunks = members.manifest();
  if (chunks !== undefined) yield { kind: 'manifest', chunks, members: () => 0 };
}

async function storePiece(
  piece: BackupPiece,
  index: number,
  keys: BackupKeys,
  { store, log }: Pick<CopyContext, 'store' | 'log'>,
  options: StorePartOptions,
): Promise<PartRecord | StoredManifest> {
  if (piece.kind === 'manifest') return storeManifest(store, keys.manifest, piece, options);
  const key = keys.part(index + 1);
  const part = await storePart(store, key, piece, options);
  log.info(Event.BACKUP_PART_STORED, {
    object_key: key,
    bytes: part.plainBytes,
    stored_bytes: part.storedBytes,
  });
  return part;
}
