import type { BackupRecord, PartRecord } from '../store/records.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { Digests, RunningDigest } from '../ports/digests.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { digested, DIGESTS_IN_TURN } from '../tar/stream-digest.ts';
import type { FrameBuffers } from '../tar/frame-buffers.ts';
import { compressFrames } from '../tar/zstd-frames.ts';
import { BACKUP_MANIFEST_FILE, manifestReader, type WalRange } from './backup-manifest.ts';
import type { BackupPiece } from './split-parts.ts';

/** Options of {@link storePart}. */
export interface StorePartOptions extends CallOptions {
  /** Frames compressed at the same time. */
  readonly parallel: number;
  readonly digests: Digests;
  readonly buffers: FrameBuffers;
}

/**
 * Compresses and stores one part as it streams in.
 *
 * @param key - whole key of the new object; its last segment becomes the part's name.
 * @throws {@link OpsError} `STORE-CORRUPT` when the store took another number of bytes than it got;
 *   what the source or {@link ObjectStore.putStream} throws.
 */
export async function storePart(
  store: ObjectStore,
  key: string,
  piece: BackupPiece,
  { parallel, digests, buffers, signal }: StorePartOptions,
): Promise<PartRecord> {
  const plain = digests.begin();
  const stored = digests.begin();
  const frames: PartRecord['frames'] = [];
  const compressed = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const frame of compressFrames(piece.chunks, { parallel, plain, buffers })) {
      frames.push([frame.stored.byteLength, frame.plainBytes]);
      yield frame.stored;
    }
  };
  await put(store, key, compressed(), stored, { signal });
  return {
    name: key.slice(key.lastIndexOf('/') + 1),
    plainBytes: plain.bytes(),
    storedBytes: stored.bytes(),
    plainSha256: await plain.sha256(),
    storedSha256: await stored.sha256(),
    members: piece.members(),
    frames,
  };
}

/** A stored manifest: its place in the record, and what it says. */
export interface StoredManifest {
  readonly record: BackupRecord['manifest'];
  readonly walRanges: readonly WalRange[];
}

/**
 * Stores the manifest as it streams in, uncompressed, and reads it on the way.
 *
 * @throws {@link OpsError} as {@link storePart}, and `BACKUP-MANIFEST`; the object is then there,
 *   without a record that names it.
 */
export async function storeManifest(
  store: ObjectStore,
  key: string,
  piece: BackupPiece,
  options: CallOptions,
): Promise<StoredManifest> {
  const digest = DIGESTS_IN_TURN.begin();
  const reader = manifestReader();
  const read = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of piece.chunks) {
      reader.add(chunk);
      // The store may keep it longer than it is valid.
      yield Buffer.from(chunk);
    }
  };
  await put(store, key, read(), digest, options);
  const { walRanges } = reader.result();
  const bytes = digest.bytes();
  const sha256 = await digest.sha256();
  return {
    record: {
      name: BACKUP_MANIFEST_FILE,
      plainBytes: bytes,
      storedBytes: bytes,
      plainSha256: sha256,
      storedSha256: sha256,
    },
    walRanges,
  };
}

async function put(
  store: ObjectStore,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
  digest: RunningDigest,
  options: CallOptions,
): Promise<void> {
  const written = await store.putStream(key, digested(chunks, digest), options);
  if (written === digest.bytes()) return;
  throw new OpsError('STORE-CORRUPT', `${key} has ${written} bytes of the ${digest.bytes()} sent`, {
    hint: 'the store lost bytes without an error: run the backup again, and distrust the store',
    details: { object: key },
  });
}
