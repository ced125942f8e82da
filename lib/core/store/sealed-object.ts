import { OpsError } from '../errors/ops-error.ts';
import type {
  CallOptions,
  ObjectMetadata,
  ObjectStat,
  ObjectStore,
  PutOptions,
} from '../ports/object-store.ts';
import { gather, type Room } from './gather.ts';
import { sha256 } from './sha256.ts';
import { compressWal, decompressFrame } from './zstd.ts';

/** Who stores a sealed object, and how the call ends. */
export type SealOptions = Omit<PutOptions, 'plainSha256'>;

/** How a sealed object is read. */
export interface ReadSealedOptions extends CallOptions {
  /** Gives the plain bytes of one zstd frame. @default - {@link decompressFrame} */
  readonly unpack?: ((frame: Uint8Array, object: string) => Promise<Uint8Array>) | undefined;
  /** Where the stored bytes go. @default - memory of their own */
  readonly room?: Room | undefined;
}

/** A sealed object as it was read: its plain bytes, proven against both hashes. */
export interface SealedObject {
  readonly plain: Uint8Array;
  readonly stat: ObjectStat;
}

/** Keys that end with this hold one zstd frame, of WAL; all others hold plain bytes. */
const COMPRESSED_SUFFIX = '.zst';

/**
 * Stores a whole-buffer object (WAL, history, record), compressed when its key says so, with the
 * hashes of its plain and of its stored bytes.
 *
 * @returns as {@link ObjectStore.putIfAbsent}, which names the errors too.
 */
export async function putSealed(
  store: ObjectStore,
  key: string,
  plain: Uint8Array,
  options: SealOptions,
): Promise<'created' | 'identical'> {
  const pack = key.endsWith(COMPRESSED_SUFFIX) ? compressWal : asItIs;
  const { body, plainSha256 } = await seal(plain, { pack, hash: async () => sha256(plain) });
  return store.putIfAbsent(key, body, { ...options, plainSha256 });
}

/** What is stored of an object, and the hash of what it was made of. */
export interface Sealed {
  readonly body: Uint8Array;
  /** Lower-case hex. */
  readonly plainSha256: string;
}

/** What seals bytes, both at once. */
export interface Sealing {
  readonly pack: (plain: Uint8Array) => Promise<Uint8Array>;
  /** SHA-256, lower-case hex. */
  readonly hash: (plain: Uint8Array) => Promise<string>;
}

/** Seals bytes that may be gone once this has settled, unless `pack` gives them as they are. */
export async function seal(plain: Uint8Array, { pack, hash }: Sealing): Promise<Sealed> {
  // Hashed while another thread compresses.
  const [packing, hashing] = [pack(plain), hash(plain)];
  // Whatever becomes of one: until both are done with the bytes, nobody else may have them.
  await Promise.allSettled([packing, hashing]);
  return { body: await packing, plainSha256: await hashing };
}

async function asItIs(plain: Uint8Array): Promise<Uint8Array> {
  return plain;
}

/**
 * Reads a whole-buffer object and proves every byte of it.
 *
 * The stored bytes are hashed too, because a decoder ignores some bits of a zstd frame.
 *
 * @throws {@link OpsError} `STORE-ABSENT`; `STORE-CORRUPT` when bytes, hashes or metadata disagree.
 */
export async function getSealed(
  store: ObjectStore,
  key: string,
  { unpack = decompressFrame, room, ...options }: ReadSealedOptions = {},
): Promise<SealedObject> {
  const body = await store.get(key, options);
  const stored = await gather(body, room);
  const { stat } = body;
  if (stat.metadata === undefined) throw corrupt(key, 'carries no hashes');
  return { plain: await proveSealed(key, stored, stat.metadata, unpack), stat };
}

/**
 * Proves the stored bytes of a whole-buffer object against what is known of them.
 *
 * @returns the plain bytes.
 * @throws {@link OpsError} `STORE-CORRUPT` when they disagree.
 */
export async function proveSealed(
  key: string,
  stored: Uint8Array,
  expected: ObjectMetadata,
  unpack: NonNullable<ReadSealedOptions['unpack']> = decompressFrame,
): Promise<Uint8Array> {
  if (sha256(stored) !== expected.storedSha256) {
    throw corrupt(key, 'does not match the hash of its stored bytes');
  }
  const plain = key.endsWith(COMPRESSED_SUFFIX) ? await unpack(stored, key) : stored;
  if (sha256(plain) !== expected.plainSha256) {
    throw corrupt(key, 'does not match the hash of its plain bytes');
  }
  return plain;
}

function corrupt(key: string, what: string): OpsError {
  return new OpsError('STORE-CORRUPT', `${key} ${what}`, {
    hint: 'the object was damaged after it was stored: run "holdfast verify --deep" to see what else is',
    details: { object: key },
  });
}
