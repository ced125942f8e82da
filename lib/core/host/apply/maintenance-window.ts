import type { MaintenanceWindow } from '../../config/host-config.ts';

/** A daily window at some moment. */
export interface WindowState {
  readonly isOpen: boolean;
  /** Begin of the window that is open, else of the next one. */
  readonly opensAt: Date;
  /** End of that window, itself outside. */
  readonly closesAt: Date;
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** Whether `window` is open at `now`, and if not, when it opens next. Days are of UTC, so none is longer than another. */
export function windowAt({ start, minutes }: MaintenanceWindow, now: Date): WindowState {
  const [hour = 0, minute = 0] = start.split(':').map(Number);
  const startMs = (hour * 60 + minute) * MINUTE_MS;
  // Since the last time that it opened, today or yesterday.
  const sinceMs = (((now.getTime() - startMs) % DAY_MS) + DAY_MS) % DAY_MS;
  const isOpen = sinceMs < minutes * MINUTE_MS;
  const opensMs = now.getTime() - sinceMs + (isOpen ? 0 : DAY_MS);
  return {
    isOpen,
    opensAt: new Date(opensMs),
    closesAt: new Date(opensMs + minutes * MINUTE_MS),
  };
}
