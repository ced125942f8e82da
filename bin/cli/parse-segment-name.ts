import { InvalidArgumentError } from 'commander';
import { isSegmentName } from '../../lib/core/wal/segment.ts';

/** Reads the name of a segment. */
export function parseSegmentName(text: string): string {
  if (isSegmentName(text)) return text;
  throw new InvalidArgumentError('give the name of a segment, 24 upper-case hex digits.');
}
