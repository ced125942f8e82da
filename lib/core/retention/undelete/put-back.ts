import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type {
  CallOptions,
  HiddenObject,
  ObjectBody,
  ObjectMetadata,
  ObjectStore,
} from '../../ports/object-store.ts';
import { gather } from '../../store/gather.ts';
import { getHidden } from '../../store/hidden-object.ts';
import { proveSealed } from '../../store/sealed-object.ts';
import { digested, DIGESTS_IN_TURN } from '../../tar/stream-digest.ts';
import { inTheWay } from './undelete-refusals.ts';

/** How a hidden object is put back. */
export interface PutBackOptions extends CallOptions {
  /** Of the stored bytes, where the object does not carry it itself. @default - only its length is known */
  readonly storedSha256?: string | undefined;
}

/**
 * Stores the hidden bytes again under their key, as they were: the same plain hash and epoch, no tag.
 * A whole-buffer object is proven before, a streamed one while it passes; one that is damaged is not stored.
 *
 * @throws {@link OpsError} `VAULT-HIDDEN` when something else is there by now; `STORE-CORRUPT`.
 */
export async function putBack(
  store: ObjectStore,
  hidden: HiddenObject,
  { storedSha256, signal }: PutBackOptions,
): Promise<void> {
  const { key } = hidden;
  const body = await getHidden(store, hidden, { signal });
  const { metadata } = body.stat;
  try {
    if (metadata === undefined) {
      await store.putStream(key, proven(hidden, body, storedSha256), { signal });
    } else {
      await putWhole(store, key, body, metadata, { signal });
    }
  } catch (error) {
    throw isOpsError(error, 'WAL-CONFLICT') ? inTheWay(key, error) : error;
  }
}

async function putWhole(
  store: ObjectStore,
  key: string,
  body: ObjectBody,
  metadata: ObjectMetadata,
  options: CallOptions,
): Promise<void> {
  const stored = await gather(body);
  await proveSealed(key, stored, metadata);
  const { plainSha256, epoch } = metadata;
  await store.putIfAbsent(key, stored, { ...options, plainSha256, epoch });
}

/** Ends with an error, by which nothing is stored, when the bytes were not what is known of them. */
async function* proven(
  { key, bytes }: HiddenObject,
  { chunks }: ObjectBody,
  storedSha256: string | undefined,
): AsyncGenerator<Uint8Array, void> {
  const digest = DIGESTS_IN_TURN.begin();
  yield* digested(chunks, digest);
  const hash = await digest.sha256();
  if (digest.bytes() === bytes && hash === (storedSha256 ?? hash)) return;
  throw new OpsError('STORE-CORRUPT', `${key} is not what was stored before it was hidden`, {
    hint: 'choose another backup; "holdfast verify --deep" tells which are whole',
    details: { object: key },
  });
}
