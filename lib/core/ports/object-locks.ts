import type { CallOptions } from './object-store.ts';

/** How firmly objects are locked: whether whoever has the right to may shorten it, or nobody. */
export type LockMode = 'GOVERNANCE' | 'COMPLIANCE';

/** Until when an object's current version can be neither removed nor written over. */
export interface ObjectLock {
  readonly mode: LockMode;
  readonly until: Date;
}

/**
 * Locks of objects, by the keys of the {@link ObjectStore} beside it. A lock is only ever lengthened.
 *
 * Every method throws `VAULT-LOCK` when the store refuses, or has no locks at all, and as every call on the
 * store for the rest.
 */
export interface ObjectLocks {
  /** The lock of an object; `undefined` when it has none, or is not there. */
  read(key: string, options?: CallOptions): Promise<ObjectLock | undefined>;

  /** Locks an object until later than it is now. */
  lengthen(key: string, lock: ObjectLock, options?: CallOptions): Promise<void>;
}
