/** Options of every call on a port. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a whole-buffer object carries beside its bytes. */
export interface ObjectMetadata {
  /** SHA-256 of the bytes before compression, lower-case hex. */
  readonly plainSha256: string;
  /** SHA-256 of the stored bytes, lower-case hex. */
  readonly storedSha256: string;
  /** Writer epoch of whoever stored it; 0 where no writer exists yet. */
  readonly epoch: number;
}

/** One row of a listing. */
export interface ObjectHead {
  readonly key: string;
  readonly bytes: number;
  /** Changes with the content; opaque. */
  readonly etag: string;
  readonly modifiedAt: Date;
}

/**
 * An object that a delete marker hides: nobody lists or reads it by its key alone, and its bytes are
 * there until they are removed for good.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
 */
export interface HiddenObject extends ObjectHead {
  /** Names the hidden bytes to {@link ObjectStore.get}; opaque. */
  readonly version: string;
  readonly hiddenAt: Date;
}

/** What {@link ObjectStore.head} and {@link ObjectStore.get} know of an object. */
export interface ObjectStat extends ObjectHead {
  /** Absent on streamed objects, whose hashes stand in the record that names them. */
  readonly metadata: ObjectMetadata | undefined;
}

/**
 * An object being read. `chunks` must be consumed to its end or returned early; either frees it. Each
 * chunk is valid until the next one is asked for.
 */
export interface ObjectBody {
  readonly stat: ObjectStat;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Options of {@link ObjectStore.putIfAbsent}. */
export interface PutOptions extends CallOptions {
  /** SHA-256 of the bytes before compression, lower-case hex. */
  readonly plainSha256: string;
  /** Epoch of the writer that stores. */
  readonly epoch: number;
  /**
   * Earlier epochs whose identical bytes count as this writer's own, because it took them over.
   *
   * @default - none: the same bytes from any other epoch are a conflict
   */
  readonly acceptEpochs?: readonly number[];
}

/** Options of {@link ObjectStore.get}. */
export interface GetOptions extends CallOptions {
  /** Bytes `start` to `end`, `end` excluded, counted from 0. */
  readonly range?: { readonly start: number; readonly end: number };
  /**
   * These bytes of the key, as {@link HiddenObject.version} names them, whatever stands there now.
   *
   * @default - what stands there now
   */
  readonly version?: string | undefined;
}

/** Options of {@link ObjectStore.list}. */
export interface ListOptions extends CallOptions {
  /** Only keys that sort after this one. */
  readonly after?: string;
}

/** Options of {@link ObjectStore.hidden}. */
export interface HiddenOptions extends ListOptions {
  /**
   * Called while it is looked for, because where little is hidden the first row may be minutes away: with
   * the last key that is done, so that whoever goes on `after` it misses nothing. `undefined` while none is.
   */
  readonly onLooked?: ((upTo: string | undefined) => void) | undefined;
}

/** What {@link ObjectStore.expireTagged} goes by. */
export interface ExpiryTerms {
  readonly now: Date;
  /** What was hidden so many days ago is removed for good. */
  readonly undeleteDays: number;
  /** Only keys that start with it: others may be kept by other terms. @default - all keys */
  readonly prefix?: string | undefined;
}

/** Options of {@link ObjectStore.expireTagged}. */
export interface ExpiryOptions extends CallOptions {
  /** Called for each object that was hidden or removed for good. */
  readonly onExpired?: ((key: string, what: 'hidden' | 'removed') => void) | undefined;
}

/** Options of {@link ObjectStore.replace}. */
export interface ReplaceOptions extends CallOptions {
  /** The etag that must be there now; `undefined` demands that nothing is. */
  readonly ifMatch: string | undefined;
}

/**
 * Where objects go: a folder, memory (for tests), or S3. Objects are written once; only leases are
 * ever replaced, and nothing is deleted through this port: expiry is a tag, which a bucket's own rules
 * act upon, and a store without such rules in {@link ObjectStore.expireTagged}.
 *
 * Every method throws `STORE-TIMEOUT` past its deadline, `STORE-UNAVAILABLE` when the store cannot
 * be reached, `STORE-DENIED` when it refuses the caller, `STORE-MISSING` when there is no such
 * store, and `STORE-KEY` for a key that is not plain relative segments of `[A-Za-z0-9._-]`.
 */
export interface ObjectStore {
  /** Where this is, for people; carries no credentials. */
  readonly url: string;

  /**
   * Stores `body` only if `key` is absent, durably: once resolved, losing this machine's power
   * cannot lose the bytes.
   *
   * @returns `'created'`, or `'identical'` when the same plain bytes from an accepted epoch were
   *   there already.
   * @throws {@link OpsError} `WAL-CONFLICT` when other bytes are there, or the same from another
   *   epoch; `details` has `key`, `offeredSha256`, `storedSha256` (both of plain bytes),
   *   `offeredEpoch` and `storedEpoch`.
   */
  putIfAbsent(key: string, body: Uint8Array, options: PutOptions): Promise<'created' | 'identical'>;

  /**
   * Stores bytes of unknown length only if `key` is absent, durably, with flat memory. A source
   * that throws, or an abort, leaves no object under `key`.
   *
   * @returns the number of bytes stored.
   * @throws {@link OpsError} `WAL-CONFLICT` when anything is there: a streamed key is never tried
   *   twice.
   */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>, options?: CallOptions): Promise<number>;

  /**
   * Puts `body` in place of what has the given etag: leases only.
   *
   * @returns the new etag.
   * @throws {@link OpsError} `STORE-LEASE` when something else is there by now.
   */
  replace(key: string, body: Uint8Array, options: ReplaceOptions): Promise<string>;

  /**
   * Reads an object or a range of it.
   *
   * @throws {@link OpsError} `STORE-ABSENT` when there is no such object, or not that version of it.
   */
  get(key: string, options?: GetOptions): Promise<ObjectBody>;

  /** What is known of an object without reading it; `undefined` when it is proven absent. */
  head(key: string, options?: CallOptions): Promise<ObjectStat | undefined>;

  /** Objects whose key starts with `prefix`, in byte order of their keys, fetched lazily. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectHead>;

  /**
   * Names of the folders directly under `prefix` (empty, or ending with a slash), in the byte order
   * of the keys below them: `a-b` before `a`, because `-` sorts before the slash.
   */
  folders(prefix: string, options?: CallOptions): AsyncIterable<string>;

  /**
   * Objects that a delete marker hides, in byte order of their keys, fetched lazily: each with its
   * newest bytes. A key under which something was stored again since is not hidden.
   *
   * @throws {@link OpsError} `STORE-DENIED` too when the caller may list objects but not versions.
   */
  hidden(prefix: string, options?: HiddenOptions): AsyncIterable<HiddenObject>;

  /**
   * Acts on the tag {@link ExpiryTag} where nothing else does: hides what is tagged due, in byte order
   * of the keys, so that a backup's record goes first, and removes for good what was hidden
   * `undeleteDays` ago. Resolves at once on S3, whose lifecycle rules do both.
   *
   * Interrupted anywhere it has lost nothing, and the next call goes on. Not safe against itself: one
   * caller at a time.
   */
  expireTagged(terms: ExpiryTerms, options?: ExpiryOptions): Promise<void>;

  /** Replaces the tags of an object. */
  tag(key: string, tags: Readonly<Record<string, string>>, options?: CallOptions): Promise<void>;

  /** The tags of an object. */
  tags(key: string, options?: CallOptions): Promise<Readonly<Record<string, string>>>;

  /**
   * Proves that the store honours conditions: `key`, which holds `body` already, is put again with
   * the very same bytes and must be refused.
   *
   * @throws {@link OpsError} `STORE-UNSAFE` when the second put is accepted.
   */
  proveConditional(key: string, body: Uint8Array, options?: CallOptions): Promise<void>;
}
