import type { SegmentRun } from '../../wal/continuity.ts';
import { isSegmentName, parseSegment, segmentName } from '../../wal/segment.ts';

/** The segments of a plan in order of replay, without a list of their names. */
export interface WalOrder {
  readonly count: number;
  /** Name of the segment at `index`, from 0; `undefined` past the end. */
  at(index: number): string | undefined;
  /** Place of `name`; `undefined` when it is not planned. */
  indexOf(name: string): number | undefined;
}

/** Numbers the segments of `runs`. */
export function walOrder(runs: readonly SegmentRun[], segmentBytes: number): WalOrder {
  const lengths = runs.map(({ first, last }) => Number(last - first) + 1);
  const offsets = lengths.map((_, index) => sum(lengths.slice(0, index)));
  return {
    count: sum(lengths),
    at: (index) => {
      const found = offsets.findLastIndex((offset) => offset <= index);
      const [run, offset, length] = [runs[found], offsets[found], lengths[found]];
      if (run === undefined || offset === undefined || length === undefined) return undefined;
      const step = index - offset;
      if (step >= length) return undefined;
      return segmentName(run.timeline, run.first + BigInt(step), segmentBytes);
    },
    indexOf: (name) => {
      if (!isSegmentName(name)) return undefined;
      const { timeline, number } = parseSegment(name, segmentBytes);
      const found = runs.findIndex(
        (run) => run.timeline === timeline && run.first <= number && number <= run.last,
      );
      const [run, offset] = [runs[found], offsets[found]];
      if (run === undefined || offset === undefined) return undefined;
      return offset + Number(number - run.first);
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
