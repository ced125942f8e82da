import { ExpiryTag } from '../../contract/key-layout.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type {
  CallOptions,
  ExpiryOptions,
  ExpiryTerms,
  GetOptions,
  HiddenObject,
  HiddenOptions,
  ListOptions,
  ObjectBody,
  ObjectHead,
  ObjectMetadata,
  ObjectStat,
  ObjectStore,
  PutOptions,
  ReplaceOptions,
} from '../../ports/object-store.ts';
import { sha256 } from '../../store/sha256.ts';
import { rangeWithin } from './byte-range.ts';
import { checkFolderPrefix, checkKey, checkPrefix } from './object-key.ts';
import {
  absent,
  leaseLost,
  settleExisting,
  streamConflict,
  unsafeStore,
} from './store-refusals.ts';

interface Entry {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly metadata: ObjectMetadata | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

interface HiddenEntry extends Entry {
  readonly hiddenAt: Date;
}

const DAY_MS = 86_400_000;
const CHUNK_BYTES = 1024 * 1024;

/** A store that ends with its process: for tests and for planners' properties. */
export class MemoryObjectStore implements ObjectStore {
  readonly url: string = 'memory:';
  readonly #entries = new Map<string, Entry>();
  /** Of each key, the oldest first. An etag is never given twice, so it serves as the version. */
  readonly #hidden = new Map<string, readonly HiddenEntry[]>();
  #version = 0;

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    options: PutOptions,
  ): Promise<'created' | 'identical'> {
    checkCall(key, options);
    const { plainSha256, epoch } = options;
    const standing = this.#entries.get(key);
    if (standing !== undefined) return settleExisting(key, options, standing.metadata);
    this.#write(key, body, { plainSha256, storedSha256: sha256(body), epoch });
    return 'created';
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: CallOptions = {},
  ): Promise<number> {
    checkCall(key, options);
    if (this.#entries.has(key)) throw streamConflict(key);
    const pieces: Uint8Array[] = [];
    for await (const chunk of chunks) {
      options.signal?.throwIfAborted();
      pieces.push(chunk);
    }
    options.signal?.throwIfAborted();
    if (this.#entries.has(key)) throw streamConflict(key);
    const body = Buffer.concat(pieces);
    this.#write(key, body, undefined);
    return body.byteLength;
  }

  async replace(key: string, body: Uint8Array, options: ReplaceOptions): Promise<string> {
    checkCall(key, options);
    if (this.#entries.get(key)?.etag !== options.ifMatch) throw leaseLost(key);
    return this.#write(key, body, undefined).etag;
  }

  async get(key: string, options: GetOptions = {}): Promise<ObjectBody> {
    checkCall(key, options);
    const entry = this.#find(key, options.version);
    if (entry === undefined) throw absent(key);
    const { start, end } = rangeWithin(key, entry.body.byteLength, options.range);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = start; at < end; at += CHUNK_BYTES) {
        options.signal?.throwIfAborted();
        yield entry.body.slice(at, Math.min(at + CHUNK_BYTES, end));
      }
    };
    return { stat: toStat(key, entry), chunks: chunks() };
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    checkCall(key, options);
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : toStat(key, entry);
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectHead> {
    checkPrefix(prefix);
    const { signal, after = '' } = options;
    for (const key of [...this.#entries.keys()].sort()) {
      signal?.throwIfAborted();
      const entry = this.#entries.get(key);
      if (entry === undefined || !key.startsWith(prefix) || key <= after) continue;
      const { bytes, etag, modifiedAt } = toStat(key, entry);
      yield { key, bytes, etag, modifiedAt };
    }
    signal?.throwIfAborted();
  }

  async *folders(prefix: string, options: CallOptions = {}): AsyncGenerator<string> {
    checkFolderPrefix(prefix);
    options.signal?.throwIfAborted();
    let last: string | undefined;
    for await (const { key } of this.list(prefix, options)) {
      const [name, ...below] = key.slice(prefix.length).split('/');
      if (below.length === 0 || name === undefined || name === last) continue;
      last = name;
      yield name;
    }
  }

  async *hidden(prefix: string, options: HiddenOptions = {}): AsyncGenerator<HiddenObject> {
    checkPrefix(prefix);
    const { signal, after = '', onLooked } = options;
    const keys = new Set([...this.#entries.keys(), ...this.#hidden.keys()]);
    for (const key of [...keys].sort()) {
      signal?.throwIfAborted();
      if (!key.startsWith(prefix) || key <= after) continue;
      const entry = this.#entries.has(key) ? undefined : this.#hidden.get(key)?.at(-1);
      if (entry !== undefined) {
        const { bytes, etag, modifiedAt } = toStat(key, entry);
        yield { key, bytes, etag, modifiedAt, version: etag, hiddenAt: entry.hiddenAt };
      }
      onLooked?.(key);
    }
    signal?.throwIfAborted();
  }

  async expireTagged(terms: ExpiryTerms, options: ExpiryOptions = {}): Promise<void> {
    const { now, undeleteDays, prefix = '' } = terms;
    options.signal?.throwIfAborted();
    for (const [key, versions] of [...this.#hidden].sort(byKey)) {
      if (!key.startsWith(prefix)) continue;
      const kept = versions.filter(
        ({ hiddenAt }) => now.getTime() - hiddenAt.getTime() < undeleteDays * DAY_MS,
      );
      if (kept.length === versions.length) continue;
      if (kept.length === 0) this.#hidden.delete(key);
      else this.#hidden.set(key, kept);
      options.onExpired?.(key, 'removed');
    }
    for (const [key, entry] of [...this.#entries].sort(byKey)) {
      if (!key.startsWith(prefix) || entry.tags[ExpiryTag.KEY] !== ExpiryTag.DUE) continue;
      this.#entries.delete(key);
      this.#hidden.set(key, [...(this.#hidden.get(key) ?? []), { ...entry, hiddenAt: now }]);
      options.onExpired?.(key, 'hidden');
    }
  }

  async tag(
    key: string,
    tags: Readonly<Record<string, string>>,
    options: CallOptions = {},
  ): Promise<void> {
    checkCall(key, options);
    this.#entries.set(key, { ...this.#demand(key), tags: { ...tags } });
  }

  async tags(key: string, options: CallOptions = {}): Promise<Readonly<Record<string, string>>> {
    checkCall(key, options);
    return this.#demand(key).tags;
  }

  async proveConditional(key: string, body: Uint8Array, options: CallOptions = {}): Promise<void> {
    checkCall(key, options);
    const again = async function* (): AsyncGenerator<Uint8Array> {
      yield body;
    };
    try {
      await this.putStream(key, again(), options);
    } catch (error) {
      if (isOpsError(error, 'WAL-CONFLICT')) return;
      throw error;
    }
    throw unsafeStore(this.url);
  }

  #find(key: string, version: string | undefined): Entry | undefined {
    const standing = this.#entries.get(key);
    if (version === undefined || standing?.etag === version) return standing;
    return this.#hidden.get(key)?.find(({ etag }) => etag === version);
  }

  #demand(key: string): Entry {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw absent(key);
    return entry;
  }

  #write(key: string, body: Uint8Array, metadata: ObjectMetadata | undefined): Entry {
    this.#version += 1;
    const etag = `m${this.#version}`;
    const entry = { body: body.slice(), etag, modifiedAt: new Date(), metadata, tags: {} };
    this.#entries.set(key, entry);
    return entry;
  }
}

function toStat(key: string, entry: Entry): ObjectStat {
  const { body, etag, modifiedAt, metadata } = entry;
  return { key, bytes: body.byteLength, etag, modifiedAt, metadata };
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function checkCall(key: string, options: CallOptions): void {
  checkKey(key);
  options.signal?.throwIfAborted();
}
