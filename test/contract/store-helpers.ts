import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type { ObjectBody, ObjectStore, PutOptions } from '../../lib/core/ports/object-store.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';

/** Opens an empty store for one test. */
export type OpenStore = () => Promise<ObjectStore>;

/** Options of a put of uncompressed bytes. */
export function plainPut(body: Uint8Array, options: Partial<PutOptions> = {}): PutOptions {
  return { plainSha256: sha256(body), epoch: 1, ...options };
}

/** Stores text under each key, one after the other. */
export async function fill(store: ObjectStore, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const body = Buffer.from(key);
    await store.putIfAbsent(key, body, plainPut(body));
  }
}

/** The given chunks, as a source of unknown length. */
export async function* sourceOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A source that ends by throwing `error`. */
export async function* failingSource(
  error: Error,
  ...chunks: readonly Uint8Array[]
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  throw error;
}

/** All bytes of a body. */
export async function readBody({ chunks }: ObjectBody): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks, (chunk) => Buffer.from(chunk)));
}

/** All bytes of an object. */
export async function readObject(store: ObjectStore, key: string): Promise<Buffer> {
  return readBody(await store.get(key));
}

/** The error of a call that must be refused. */
export async function refusalOf(call: Promise<unknown>): Promise<OpsError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OpsError) return error;
  throw new Error('the call was not refused with a code', { cause: error });
}

/** The code with which a call is refused. */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode> {
  return (await refusalOf(call)).code;
}

/** The keys of a listing. */
export async function listKeys(
  store: ObjectStore,
  prefix: string,
  after?: string,
): Promise<string[]> {
  const heads = await Array.fromAsync(
    store.list(prefix, after === undefined ? undefined : { after }),
  );
  return heads.map(({ key }) => key);
}
