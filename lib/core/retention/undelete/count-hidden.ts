import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';

/** How much is hidden. */
export interface HiddenCount {
  readonly objects: number;
  /** Key of the first. */
  readonly first: string | undefined;
  /** Whether all was counted before `patience` ended. */
  readonly isComplete: boolean;
}

/** Options of {@link countHidden}. */
export interface CountOptions extends CallOptions {
  /** Ends the counting without an error: nobody waits longer for a hint. */
  readonly patience: AbortSignal;
}

const NOTHING: HiddenCount = { objects: 0, first: undefined, isComplete: true };

/** Counts what delete markers hide below some prefixes; nothing, for a caller who may not list versions. */
export async function countHidden(
  store: ObjectStore,
  prefixes: readonly string[],
  { patience, signal }: CountOptions,
): Promise<HiddenCount> {
  const either = AbortSignal.any(signal === undefined ? [patience] : [patience, signal]);
  let { objects, first } = NOTHING;
  try {
    for (const prefix of prefixes) {
      for await (const { key } of store.hidden(prefix, { signal: either })) {
        first ??= key;
        objects += 1;
      }
    }
  } catch (error) {
    if (isOpsError(error, 'STORE-DENIED')) return NOTHING;
    if (!patience.aborted || signal?.aborted === true) throw error;
    return { objects, first, isComplete: false };
  }
  return { objects, first, isComplete: true };
}

/** How it is said to who misses something; `undefined` when nothing is hidden. */
export function hiddenSentence({ objects, first, isComplete }: HiddenCount): string | undefined {
  if (first === undefined) return undefined;
  const many = objects === 1 ? '1 object is' : `${objects} objects are`;
  return `${isComplete ? '' : 'at least '}${many} hidden by delete markers, such as ${first}: "holdfast undelete" brings back what is wanted, --hidden reads it as it is`;
}
