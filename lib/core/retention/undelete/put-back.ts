import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type {
  CallOptions,
  HiddenObject,
  ObjectBody,
  ObjectMetadata,
  ObjectStore,
} from '../../ports/object-store.ts';
import { gather } from '../../store/gather.ts';
import { getHidden, statHidden } from '../../store/hidden-object.ts';
import { sha256 } from '../../store/sha256.ts';
import { digested, DIGESTS_IN_TURN } from '../../tar/stream-digest.ts';
import type { HiddenArchive } from './chosen-hidden.ts';
import { inTheWay } from './undelete-refusals.ts';

/** How a hidden object is put back. */
export interface PutBackOptions extends CallOptions {
  /** Of its bytes before they were sealed, as a record has it. @default - only its length is known */
  readonly storedSha256?: string | undefined;
}

/**
 * Stores the hidden bytes again under their key as they lay there, sealed or not: the same hashes and epoch,
 * no tag. A whole-buffer object is proven before, a streamed one while it passes, or before where it is
 * sealed; one that is damaged is not stored.
 *
 * @throws {@link OpsError} `VAULT-HIDDEN` when something else is there by now; `STORE-CORRUPT`, `VAULT-SEALED`.
 */
export async function putBack(
  { store, stored = store }: Pick<HiddenArchive, 'store' | 'stored'>,
  hidden: HiddenObject,
  { storedSha256, signal }: PutBackOptions,
): Promise<void> {
  const { key } = hidden;
  const isSealed = stored !== store && (await isSealedStream(store, hidden, { signal }));
  if (isSealed) await proveOpened(store, hidden, { storedSha256, signal });
  const body = await getHidden(stored, hidden, { signal });
  const { metadata } = body.stat;
  try {
    if (metadata === undefined) {
      const known = isSealed ? undefined : storedSha256;
      await stored.putStream(key, proven(key, hidden.bytes, body, known), { signal });
    } else {
      await putWhole(stored, key, body, metadata, { signal });
    }
  } catch (error) {
    throw isOpsError(error, 'WAL-CONFLICT') ? inTheWay(key, error) : error;
  }
}

/** Whether what a record knows of the bytes is not known of those that lie there. */
async function isSealedStream(
  store: ObjectStore,
  hidden: HiddenObject,
  options: CallOptions,
): Promise<boolean> {
  const { bytes, metadata } = await statHidden(store, hidden, options);
  return metadata === undefined && bytes !== hidden.bytes;
}

async function proveOpened(
  store: ObjectStore,
  hidden: HiddenObject,
  { storedSha256, ...options }: PutBackOptions,
): Promise<void> {
  const body = await getHidden(store, hidden, options);
  const { key, bytes } = body.stat;
  for await (const _ of proven(key, bytes, body, storedSha256));
}

async function putWhole(
  stored: ObjectStore,
  key: string,
  body: ObjectBody,
  { plainSha256, storedSha256, epoch }: ObjectMetadata,
  options: CallOptions,
): Promise<void> {
  const bytes = await gather(body);
  if (sha256(bytes) !== storedSha256) throw notAsStored(key);
  await stored.putIfAbsent(key, bytes, { ...options, plainSha256, epoch });
}

/** Ends with an error, by which nothing is stored, when the bytes were not what is known of them. */
async function* proven(
  key: string,
  bytes: number,
  { chunks }: ObjectBody,
  known: string | undefined,
): AsyncGenerator<Uint8Array, void> {
  const digest = DIGESTS_IN_TURN.begin();
  yield* digested(chunks, digest);
  const hash = await digest.sha256();
  if (digest.bytes() !== bytes || hash !== (known ?? hash)) throw notAsStored(key);
}

function notAsStored(key: string): OpsError {
  return new OpsError('STORE-CORRUPT', `${key} is not what was stored before it was hidden`, {
    hint: 'choose another backup; "holdfast verify --deep" tells which are whole',
    details: { object: key },
  });
}
