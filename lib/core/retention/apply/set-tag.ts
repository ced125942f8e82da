import { pMapIterable } from 'p-map';
import { ExpiryTag } from '../../contract/key-layout.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectHead, ObjectStore } from '../../ports/object-store.ts';

/** Objects that were looked at, and what of them was tagged. */
export interface TagTotals {
  readonly looked: number;
  readonly objects: number;
  readonly bytes: number;
}

/** An object, as far as its tag needs it. */
export type Tagged = Pick<ObjectHead, 'key' | 'bytes'>;

/** Told after each object. */
export type OnTagged = (totals: TagTotals) => void;

/** How objects are tagged. */
export interface TagOptions extends CallOptions {
  /** @default - nobody is told */
  readonly onTagged?: OnTagged | undefined;
  /** Told of each object that is tagged due already. @default - nobody is told */
  readonly onDue?: ((key: string) => void) | undefined;
}

/** Nothing so far. */
export const NO_TAGS: TagTotals = { looked: 0, objects: 0, bytes: 0 };

/** Both together. */
export function sumOf(a: TagTotals, b: TagTotals): TagTotals {
  return {
    looked: a.looked + b.looked,
    objects: a.objects + b.objects,
    bytes: a.bytes + b.bytes,
  };
}

const TAGS_AT_ONCE = 16;
const { KEY, DUE, KEPT } = ExpiryTag;

/** Lets objects go: those that are not tagged so already. */
export async function tagDue(
  store: ObjectStore,
  heads: AsyncIterable<Tagged>,
  before: TagTotals,
  options: TagOptions = {},
): Promise<TagTotals> {
  const rule = { value: DUE, when: (standing: string | undefined) => standing !== DUE };
  return tagEach(store, heads, rule, before, options);
}

/** Keeps objects that were let go. */
export async function tagKept(
  store: ObjectStore,
  heads: AsyncIterable<Tagged>,
  before: TagTotals,
  options: TagOptions = {},
): Promise<TagTotals> {
  const rule = { value: KEPT, when: (standing: string | undefined) => standing === DUE };
  return tagEach(store, heads, rule, before, options);
}

/** Adds several at once to what was tagged `before`; memory does not grow with their number. */
async function tagEach(
  store: ObjectStore,
  heads: AsyncIterable<Tagged>,
  { value, when }: { value: string; when: (standing: string | undefined) => boolean },
  before: TagTotals,
  { onTagged, onDue, signal }: TagOptions,
): Promise<TagTotals> {
  let totals = before;
  const tagged = pMapIterable(
    heads,
    async ({ key, bytes }): Promise<number | undefined> => {
      signal?.throwIfAborted();
      try {
        const tags = await store.tags(key, { signal });
        if (tags[KEY] === DUE) onDue?.(key);
        if (!when(tags[KEY])) return undefined;
        await store.tag(key, { [KEY]: value }, { signal });
        return bytes;
      } catch (error) {
        // Whoever acts on the tags was faster.
        if (isOpsError(error, 'STORE-ABSENT')) return undefined;
        throw error;
      }
    },
    { concurrency: TAGS_AT_ONCE },
  );
  for await (const bytes of tagged) {
    const isTagged = bytes !== undefined;
    totals = {
      looked: totals.looked + 1,
      objects: totals.objects + Number(isTagged),
      bytes: totals.bytes + (bytes ?? 0),
    };
    onTagged?.(totals);
  }
  return totals;
}
