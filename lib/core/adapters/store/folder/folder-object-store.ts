import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
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
  ObjectStat,
  ObjectStore,
  PutOptions,
  ReplaceOptions,
} from '../../../ports/object-store.ts';
import { sha256 } from '../../../store/sha256.ts';
import { rangeWithin } from '../byte-range.ts';
import { checkFolderPrefix, checkKey, checkPrefix } from '../object-key.ts';
import { absent, settleExisting, streamConflict, unsafeStore } from '../store-refusals.ts';
import { toStoreError } from './folder-errors.ts';
import { expireTagged } from './folder-expiry.ts';
import { findHidden, newestHidden, walkHiddenKeys } from './folder-hidden.ts';
import {
  findFile,
  findObject,
  type FoundObject,
  placeStagedSidecar,
  readMetadata,
} from './folder-lookup.ts';
import { complete, publish } from './folder-publish.ts';
import { readChunks } from './folder-read.ts';
import { replaceObject } from './folder-replace.ts';
import { encodeSidecar, type Tags } from './folder-sidecar.ts';
import {
  discard,
  forgetSidecar,
  linkIfAbsent,
  remove,
  stage,
  stageSidecar,
} from './folder-stage.ts';
import { sweepStage } from './folder-sweep.ts';
import { FolderSync } from './folder-sync.ts';
import { readTags, writeTags } from './folder-tags.ts';
import { walkFolders, walkKeys } from './folder-walk.ts';

/**
 * A store in a folder of a file system with hard links.
 *
 * An object comes to be in one step, the link to its name, which fails if the name is taken. All
 * that belongs to it is durable before: its bytes, and its sidecar, which waits under the number of
 * the object's inode and is then renamed to stand beside it. Whoever finds an object whose writer
 * died between the two steps finds that sidecar by the same number.
 */
export class FolderObjectStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  readonly #folders: FolderSync;

  constructor(root: string) {
    // Its parents are found by name, step by step: "/store/" would never be met on the way up.
    this.#root = resolve(root);
    this.#folders = new FolderSync(this.#root);
    this.url = pathToFileURL(root).href;
  }

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    options: PutOptions,
  ): Promise<'created' | 'identical'> {
    return this.#call(key, options, async () => {
      const standing = await findObject(this.#root, key);
      if (standing !== undefined) return this.#settle(standing, options);
      const staged = await stage(this.#root, [body], options.signal);
      const { plainSha256, epoch } = options;
      const hashes = { plainSha256, storedSha256: sha256(body), epoch };
      const sidecar = encodeSidecar({ key, bytes: body.byteLength, ...hashes });
      const isCreated = await publish(this.#root, key, staged, async () => {
        await stageSidecar(this.#root, this.#folders, staged, sidecar);
        options.signal?.throwIfAborted();
      });
      if (!isCreated) return this.#settle(await this.#demand(key), options);
      const path = this.#path(key);
      await placeStagedSidecar(this.#root, { path, inode: staged.inode });
      await this.#folders.sync(dirname(path));
      await remove(staged.path);
      return 'created';
    });
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: CallOptions = {},
  ): Promise<number> {
    return this.#call(key, options, async () => {
      if ((await findObject(this.#root, key)) !== undefined) throw streamConflict(key);
      // Parts of backups are what takes room: the next one makes it.
      await sweepStage(this.#root);
      const staged = await stage(this.#root, chunks, options.signal);
      const isCreated = await publish(this.#root, key, staged, async () => {
        await forgetSidecar(this.#root, staged);
        options.signal?.throwIfAborted();
      });
      if (!isCreated) throw streamConflict(key);
      await this.#folders.sync(dirname(this.#path(key)));
      await remove(staged.path);
      return staged.bytes;
    });
  }

  async replace(key: string, body: Uint8Array, options: ReplaceOptions): Promise<string> {
    return this.#call(key, options, async () =>
      replaceObject(this.#root, this.#folders, key, body, options),
    );
  }

  async get(key: string, options: GetOptions = {}): Promise<ObjectBody> {
    return this.#call(key, options, async () => {
      const object = await this.#demand(key, options.version);
      const range = rangeWithin(key, object.bytes, options.range);
      const stat = await this.#stat(object);
      return { stat, chunks: this.#each(readChunks(object, range, options.signal)) };
    });
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    return this.#call(key, options, async () => {
      const object = await findObject(this.#root, key);
      return object && (await this.#stat(object));
    });
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectHead> {
    checkPrefix(prefix);
    const { signal, after = '' } = options;
    signal?.throwIfAborted();
    for await (const walked of this.#each(walkKeys(this.#root, { prefix, after }))) {
      signal?.throwIfAborted();
      const find = walked.isVersioned ? findObject : findFile;
      const object = await this.#call(walked.key, options, async () => {
        return find(this.#root, walked.key);
      });
      if (object !== undefined) yield toHead(object);
    }
  }

  async *folders(prefix: string, options: CallOptions = {}): AsyncGenerator<string> {
    checkFolderPrefix(prefix);
    options.signal?.throwIfAborted();
    for await (const name of this.#each(walkFolders(this.#root, prefix))) {
      options.signal?.throwIfAborted();
      yield name;
    }
  }

  async *hidden(prefix: string, options: HiddenOptions = {}): AsyncGenerator<HiddenObject> {
    checkPrefix(prefix);
    const { signal, after = '' } = options;
    signal?.throwIfAborted();
    for await (const key of this.#each(walkHiddenKeys(this.#root, { prefix, after }))) {
      const object = await this.#call(key, options, async () => newestHidden(this.#root, key));
      if (object !== undefined) yield object;
      options.onLooked?.(key);
    }
    signal?.throwIfAborted();
  }

  async expireTagged(terms: ExpiryTerms, options: ExpiryOptions = {}): Promise<void> {
    await this.#guard(options, async () => {
      await expireTagged(this.#root, this.#folders, terms, options);
    });
  }

  async tag(key: string, tags: Tags, options: CallOptions = {}): Promise<void> {
    await this.#call(key, options, async () => {
      const object = await this.#demand(key);
      await writeTags(this.#root, this.#folders, object, tags, options.signal);
    });
  }

  async tags(key: string, options: CallOptions = {}): Promise<Tags> {
    return this.#call(key, options, async () => readTags(this.#root, await this.#demand(key)));
  }

  async proveConditional(key: string, body: Uint8Array, options: CallOptions = {}): Promise<void> {
    await this.#call(key, options, async () => {
      const staged = await stage(this.#root, [body], options.signal);
      try {
        const path = this.#path(key);
        if (await linkIfAbsent(this.#root, staged.path, path)) throw unsafeStore(this.url);
      } finally {
        await discard(this.#root, staged);
      }
    });
  }

  /** Its writer may have died before the object was durable: success must not be reported before. */
  async #settle(object: FoundObject, options: PutOptions): Promise<'identical'> {
    await complete(this.#root, this.#folders, object);
    return settleExisting(object.key, options, await readMetadata(this.#root, object));
  }

  async #stat(object: FoundObject): Promise<ObjectStat> {
    return { ...toHead(object), metadata: await readMetadata(this.#root, object) };
  }

  async #demand(key: string, version?: string): Promise<FoundObject> {
    const object =
      version === undefined
        ? await findObject(this.#root, key)
        : await findHidden(this.#root, key, version);
    if (object === undefined) throw absent(key);
    return object;
  }

  #path(key: string): string {
    return join(this.#root, key);
  }

  async #call<T>(key: string, options: CallOptions, run: () => Promise<T>): Promise<T> {
    checkKey(key);
    return this.#guard(options, run);
  }

  async #guard<T>({ signal }: CallOptions, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      throw toStoreError(error, this.#root);
    }
  }

  async *#each<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      throw toStoreError(error, this.#root);
    }
  }
}

function toHead({ key, bytes, etag, modifiedAt }: FoundObject): ObjectHead {
  return { key, bytes, etag, modifiedAt };
}
