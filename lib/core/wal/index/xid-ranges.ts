/** Numbers from the first to the second, both included. */
export type XidRange = [first: number, last: number];

/** Ranges, and whether they hold nothing but what was put in. */
export interface XidRanges {
  readonly ranges: XidRange[];
  readonly isExact: boolean;
}

/**
 * Folds transaction ids into at most `most` ranges, ascending. When that is too few, the closest
 * neighbours are joined: the ranges still hold every id, and others besides.
 */
export function xidRanges(xids: Iterable<number>, most: number): XidRanges {
  const ranges: XidRange[] = [];
  let last: XidRange | undefined;
  for (const xid of Uint32Array.from(xids).sort()) {
    if (last !== undefined && xid <= last[1] + 1) last[1] = xid;
    else ranges.push((last = [xid, xid]));
  }
  if (ranges.length <= most) return { ranges, isExact: true };
  const gaps = ranges.slice(1).map(([first], index) => ({
    index: index + 1,
    size: first - (ranges[index]?.[1] ?? first),
  }));
  const widest = gaps.toSorted((a, b) => b.size - a.size || a.index - b.index).slice(0, most - 1);
  const starts = new Set(widest.map(({ index }) => index));
  const joined: XidRange[] = [];
  for (const [index, [first, last]] of ranges.entries()) {
    const previous = joined.at(-1);
    if (previous === undefined || starts.has(index)) joined.push([first, last]);
    else previous[1] = last;
  }
  return { ranges: joined, isExact: false };
}

/** Whether `xid` lies in one of `ranges`. */
export function holdsXid(
  ranges: readonly (readonly [first: number, last: number])[],
  xid: number,
): boolean {
  return ranges.some(([first, last]) => first <= xid && xid <= last);
}
