import { inOrder, median, type Point } from './fit-trend.ts';

/** Whether a value is worse the higher it is, or the lower. */
export type Worsening = 'rising' | 'falling';

/** Values on each side of a moment that say what the value was before and after it. */
const BESIDE = 3;
/** A turn for the better by less is noise, as a share of the larger of the two values. */
const RELIEF_SHARE = 0.1;

/**
 * The points since the value last turned for the better at one stroke, as after a vacuum, or once a volume has
 * grown: what came before says nothing of what is to come. A single point that is out of line is no such turn.
 */
export function newestStretch(points: readonly Point[], worsening: Worsening): readonly Point[] {
  const line = inOrder(points);
  for (let start = line.length - BESIDE; start >= BESIDE; start -= 1) {
    const before = valueOf(line.slice(start - BESIDE, start));
    const after = valueOf(line.slice(start, start + BESIDE));
    const relief = worsening === 'rising' ? before - after : after - before;
    if (relief > RELIEF_SHARE * Math.max(Math.abs(before), Math.abs(after))) {
      return line.slice(start);
    }
  }
  return line;
}

function valueOf(points: readonly Point[]): number {
  return median(points.map(({ value }) => value)) ?? 0;
}
