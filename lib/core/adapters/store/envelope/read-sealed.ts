import { isOpsError } from '../../../errors/ops-error.ts';
import type {
  CallOptions,
  GetOptions,
  ObjectBody,
  ObjectStat,
  ObjectStore,
} from '../../../ports/object-store.ts';
import { isDamaged } from '../../../store/damaged.ts';
import { gather } from '../../../store/gather.ts';
import { type ByteRange, rangeWithin } from '../byte-range.ts';
import { additionalDataOf } from './chunk-cipher.ts';
import type { DataKeys } from './data-keys.ts';
import { brokenSeal, keyRefused } from './envelope-refusals.ts';
import { decodeHeader, type Header } from './header.ts';
import { beginningOf } from './magic.ts';
import { openChunks, spanOf } from './open-chunks.ts';
import { HEADER_BYTES, plainBytes } from './sealed-size.ts';

/** Where sealed objects lie, and what opens them. */
export interface Vault {
  readonly store: ObjectStore;
  readonly keys: DataKeys;
}

type Version = Pick<GetOptions, 'version'>;

/** An object as its header tells of it. */
interface Described {
  readonly header: Header;
  /** With the size and the hash of what is sealed. */
  readonly stat: ObjectStat;
}

/**
 * Reads an object, opened if it is sealed, else as it is: first its header, then what was asked for. Its
 * data key is unwrapped when its first chunk is read, and forgotten with its last.
 *
 * @throws as {@link ObjectStore.get}; `VAULT-SEALED` here or from the chunks; `VAULT-KEY` from the chunks.
 */
export async function getOpened(
  vault: Vault,
  key: string,
  { range: wanted, ...options }: GetOptions,
): Promise<ObjectBody> {
  const { store } = vault;
  const { start, stat: stored } = await readStart(store, key, options);
  if (beginningOf(start) === 'plain') return store.get(key, { ...options, range: wanted });
  const described = describe(stored, start);
  const { stat } = described;
  const range = rangeWithin(key, stat.bytes, wanted);
  const span = spanOf(range, stored.bytes);
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield* (await store.get(key, { ...options, range: span.stored })).chunks;
  };
  const opening = { first: span.first, range, header: start };
  return { stat, chunks: opened(vault, described, opening, source(), options) };
}

/** What is known of an object without its bytes, as {@link getOpened} tells it. */
export async function statOpened(
  { store }: Vault,
  stat: ObjectStat,
  options: CallOptions,
): Promise<ObjectStat> {
  if (plainBytes(stat.bytes) === undefined) return stat;
  const { start } = await readStart(store, stat.key, options);
  if (beginningOf(start) !== 'sealed') return stat;
  try {
    return describe(stat, start).stat;
  } catch (error) {
    // Damaged as it is, it is there: whoever reads it is told.
    if (isDamaged(error)) return stat;
    throw error;
  }
}

/** Whether the object is sealed, as far as the caller may know: one that nobody may read counts as sealed. */
export async function isSealed(
  { store }: Vault,
  key: string,
  options: CallOptions & Version,
): Promise<boolean> {
  try {
    return beginningOf((await readStart(store, key, options)).start) !== 'plain';
  } catch (error) {
    if (isOpsError(error, 'STORE-DENIED') || isOpsError(error, 'STORE-ABSENT')) return true;
    throw error;
  }
}

/** The bytes in which the header would be, fewer of an object that is shorter. */
async function readStart(
  store: ObjectStore,
  key: string,
  options: CallOptions & Version,
): Promise<{ readonly start: Uint8Array; readonly stat: ObjectStat }> {
  const range = { start: 0, end: HEADER_BYTES };
  const { stat, chunks } = await store.get(key, { ...options, range }).catch((error: unknown) => {
    if (isOpsError(error, 'STORE-CORRUPT')) return store.get(key, options);
    throw error;
  });
  const bytes = Math.min(stat.bytes, HEADER_BYTES);
  return { start: await gather({ stat: { ...stat, bytes }, chunks }), stat };
}

function describe(stat: ObjectStat, start: Uint8Array): Described {
  const header = decodeHeader(start, stat.key);
  const bytes = plainBytes(stat.bytes);
  if (bytes === undefined) throw brokenSeal(stat.key, `was cut: it has ${stat.bytes} bytes`);
  const { metadata } = stat;
  const { bodySha256: storedSha256 = metadata?.storedSha256 ?? '' } = header;
  return {
    header,
    stat: { ...stat, bytes, metadata: metadata && { ...metadata, storedSha256 } },
  };
}

async function* opened(
  { keys }: Vault,
  { header, stat }: Described,
  {
    header: headerBytes,
    ...opening
  }: { readonly first: number; readonly range: ByteRange; readonly header: Uint8Array },
  source: AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): AsyncGenerator<Uint8Array> {
  const { key: object, bytes } = stat;
  const { kind, keyId } = header.wrapped;
  if (kind !== keys.kind) {
    const what = kind === 'kms' ? 'KMS key' : 'key of a key file';
    throw keyRefused(`${object} is sealed under the ${what} ${keyId}`, { object, key: keyId });
  }
  const key = await keys.unwrap(header.wrapped, object, { signal });
  try {
    const { noncePrefix } = header;
    const additionalData = additionalDataOf(headerBytes, object);
    yield* openChunks(source, { key, noncePrefix, additionalData, object }, { ...opening, bytes });
  } finally {
    key.fill(0);
  }
}
