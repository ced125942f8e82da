import { OpsError } from '../../errors/ops-error.ts';
import type { GetOptions } from '../../ports/object-store.ts';

/** Bytes `start` to `end`, `end` excluded. */
export type ByteRange = NonNullable<GetOptions['range']>;

/**
 * The range to read of an object of `bytes` bytes: all of it by default.
 *
 * A range beyond the end is refused rather than shortened: a record said those bytes exist.
 *
 * @throws {@link OpsError} `STORE-CORRUPT` when the range is not within the object.
 */
export function rangeWithin(key: string, bytes: number, range?: ByteRange): ByteRange {
  if (range === undefined) return { start: 0, end: bytes };
  const { start, end } = range;
  if (start >= 0 && start <= end && end <= bytes) return range;
  throw new OpsError('STORE-CORRUPT', `${key} has no bytes ${start} to ${end}: it has ${bytes}`, {
    hint: 'the object is shorter than its record says: run "holdfast verify --deep"',
    details: { object: key, start, end, bytes },
  });
}
