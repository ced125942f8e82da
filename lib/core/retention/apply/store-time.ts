/** Clocks that are further apart than this are not the same time any more. */
export const CLOCK_TOLERANCE_MS = 300_000;
