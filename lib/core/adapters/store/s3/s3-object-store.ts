import type { ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import type {
  CallOptions,
  ExpiryTerms,
  GetOptions,
  HiddenObject,
  HiddenOptions,
  ListOptions,
  ObjectBody,
  ObjectHead,
  ObjectStat,
  ObjectStore,
  PutOptions,
  ReplaceOptions,
} from '../../../ports/object-store.ts';
import { sha256 } from '../../../store/sha256.ts';
import { rangeWithin } from '../byte-range.ts';
import { checkFolderPrefix, checkKey, checkPrefix } from '../object-key.ts';
import {
  absent,
  leaseLost,
  settleExisting,
  streamConflict,
  unsafeStore,
} from '../store-refusals.ts';
import {
  incomplete,
  isAbsent,
  isPreconditionFailed,
  type S3Subject,
  toStoreError,
  vanished,
} from './s3-errors.ts';
import { listHidden } from './s3-hidden.ts';
import { type PutConditions, putObject } from './s3-put.ts';
import { getObject } from './s3-read.ts';
import { getTags, headObject, listPages, putTags } from './s3-requests.ts';
import { toHead, toUserMetadata } from './s3-stat.ts';
import type { S3Place, S3Target } from './s3-target.ts';
import { uploadIfAbsent } from './s3-upload.ts';

/**
 * A store in a bucket of Amazon S3, or of a server that honours its conditional writes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export class S3ObjectStore implements ObjectStore {
  readonly url: string;
  readonly #client: S3Client;
  readonly #place: S3Place;

  constructor(client: S3Client, place: S3Place) {
    this.#client = client;
    this.#place = place;
    this.url = `s3://${place.bucket}/${place.prefix}`.replace(/\/$/, '');
  }

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    options: PutOptions,
  ): Promise<'created' | 'identical'> {
    return this.#call(key, options, async () => {
      const { plainSha256, epoch, signal } = options;
      const metadata = { plainSha256, storedSha256: sha256(body), epoch };
      const conditions = { IfNoneMatch: '*', Metadata: toUserMetadata(metadata) };
      try {
        await this.#put(key, body, conditions, signal);
        return 'created';
      } catch (error) {
        if (!isPreconditionFailed(error)) throw error;
        const standing = await this.#head(key, options);
        if (standing === undefined) throw vanished(key, error);
        return settleExisting(key, options, standing.metadata);
      }
    });
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: CallOptions = {},
  ): Promise<number> {
    return this.#call(key, options, async () => {
      const target = this.#target(key);
      // Known before the first byte is sent, rather than after the last.
      if ((await this.#head(key, options)) !== undefined) throw streamConflict(key);
      let bytes: number;
      try {
        bytes = await uploadIfAbsent(this.#client, target, chunks, options.signal);
      } catch (error) {
        if (isPreconditionFailed(error)) throw streamConflict(key, error);
        throw error;
      }
      const stored = await this.#head(key, options);
      if (stored?.bytes !== bytes) throw incomplete(key, bytes, stored?.bytes ?? 0);
      return bytes;
    });
  }

  async replace(key: string, body: Uint8Array, options: ReplaceOptions): Promise<string> {
    return this.#call(key, options, async () => {
      const { ifMatch, signal } = options;
      const condition = ifMatch === undefined ? { IfNoneMatch: '*' } : { IfMatch: ifMatch };
      try {
        return await this.#put(key, body, condition, signal);
      } catch (error) {
        if (isPreconditionFailed(error) || isAbsent(error)) throw leaseLost(key, error);
        throw error;
      }
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<ObjectBody> {
    return this.#call(key, options, async () => {
      const { range, version, signal } = options;
      rangeWithin(key, Number.MAX_SAFE_INTEGER, range);
      if (range !== undefined && range.start === range.end) return this.#getNothing(key, options);
      const target = { ...this.#target(key), VersionId: version };
      const body = await getObject(this.#client, target, key, range, signal);
      return { stat: body.stat, chunks: this.#each(body.chunks, { signal, key }) };
    });
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    return this.#call(key, options, () => this.#head(key, options));
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectHead> {
    checkPrefix(prefix);
    options.signal?.throwIfAborted();
    for await (const page of this.#pages(prefix, options)) {
      for (const row of page.Contents ?? []) {
        if (row.Key !== undefined) yield toHead(row.Key.slice(this.#place.prefix.length), row);
      }
    }
  }

  async *folders(prefix: string, options: CallOptions = {}): AsyncGenerator<string> {
    checkFolderPrefix(prefix);
    options.signal?.throwIfAborted();
    const start = this.#place.prefix.length + prefix.length;
    for await (const page of this.#pages(prefix, { ...options, delimiter: '/' })) {
      for (const { Prefix } of page.CommonPrefixes ?? []) {
        if (Prefix !== undefined) yield Prefix.slice(start, -1);
      }
    }
  }

  async *hidden(prefix: string, options: HiddenOptions = {}): AsyncGenerator<HiddenObject> {
    checkPrefix(prefix);
    options.signal?.throwIfAborted();
    const rows = listHidden(this.#client, this.#place, prefix, options);
    yield* this.#each(rows, { ...options, needs: 's3:ListBucketVersions and s3:GetObjectVersion' });
  }

  /** The bucket's lifecycle rules do it. */
  async expireTagged(_terms: ExpiryTerms, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
  }

  async tag(
    key: string,
    tags: Readonly<Record<string, string>>,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call(key, options, async () => {
      await putTags(this.#client, this.#target(key), tags, options);
    });
  }

  async tags(key: string, options: CallOptions = {}): Promise<Readonly<Record<string, string>>> {
    return this.#call(key, options, async () => getTags(this.#client, this.#target(key), options));
  }

  async proveConditional(key: string, body: Uint8Array, options: CallOptions = {}): Promise<void> {
    await this.#call(key, options, async () => {
      // Sent along, so that a store which does overwrite loses nothing by the proof.
      const metadata = (await this.#head(key, options))?.metadata;
      const Metadata = metadata && toUserMetadata(metadata);
      try {
        await this.#put(key, body, { IfNoneMatch: '*', Metadata }, options.signal);
      } catch (error) {
        if (isPreconditionFailed(error)) return;
        throw error;
      }
      throw unsafeStore(this.url);
    });
  }

  /** HTTP has no way to ask for an empty range. */
  async #getNothing(key: string, options: GetOptions): Promise<ObjectBody> {
    const target = { ...this.#target(key), VersionId: options.version };
    const stat = await headObject(this.#client, target, key, options);
    if (stat === undefined) throw absent(key);
    rangeWithin(key, stat.bytes, options.range);
    return { stat, chunks: this.#each(Readable.from([]), options) };
  }

  async #put(
    key: string,
    body: Uint8Array,
    conditions: PutConditions,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    return putObject(this.#client, this.#target(key), body, conditions, signal);
  }

  async #head(key: string, options: CallOptions): Promise<ObjectStat | undefined> {
    return headObject(this.#client, this.#target(key), key, options);
  }

  #pages(
    prefix: string,
    options: ListOptions & { readonly delimiter?: string },
  ): AsyncIterable<ListObjectsV2CommandOutput> {
    return this.#each(listPages(this.#client, this.#place, prefix, options), options);
  }

  #target(key: string): S3Target {
    return { Bucket: this.#place.bucket, Key: `${this.#place.prefix}${key}` };
  }

  async #call<T>(key: string, { signal }: CallOptions, run: () => Promise<T>): Promise<T> {
    checkKey(key);
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      signal?.throwIfAborted();
      throw toStoreError(error, { url: this.url, key });
    }
  }

  async *#each<T>(
    items: AsyncIterable<T>,
    { signal, key, needs }: CallOptions & Pick<S3Subject, 'key' | 'needs'>,
  ): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      signal?.throwIfAborted();
      throw toStoreError(error, { url: this.url, key, needs });
    }
  }
}
