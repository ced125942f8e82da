import type { CallOptions } from '../../../ports/object-store.ts';

/** What keeps data keys apart from whoever reads the store. */
export type WrapKind = 'kms' | 'file';

/** A data key as it is stored: of no use without the key it is wrapped under. */
export interface WrappedKey {
  readonly kind: WrapKind;
  /** What it is wrapped under, as its holder names it. */
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/** A new data key, plain and wrapped. Whoever asked for it fills `key` with zeros after use. */
export interface NewDataKey {
  /** 32 bytes. */
  readonly key: Buffer;
  readonly wrapped: WrappedKey;
}

/**
 * Makes and unwraps data keys, each bound to the one object that it seals.
 *
 * Both throw `VAULT-KEY` when the key that wraps cannot be used; {@link unwrap} throws `VAULT-SEALED`
 * when the wrapped key was not made for `object`.
 */
export interface DataKeys {
  readonly kind: WrapKind;
  create(object: string, options?: CallOptions): Promise<NewDataKey>;
  /** 32 bytes, which whoever asked for them fills with zeros after use. */
  unwrap(wrapped: WrappedKey, object: string, options?: CallOptions): Promise<Buffer>;
}

/** Bytes of a key of AES-256. */
export const KEY_BYTES = 32;

/** What a wrapped key is bound to: the cluster, which policies can name, and the object's key. */
export function wrapContext(object: string): Readonly<Record<string, string>> {
  return { 'holdfast:cluster': object.split('/', 1)[0] ?? '', 'holdfast:object': object };
}
