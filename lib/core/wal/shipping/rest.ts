import { type OpsError } from '../../errors/ops-error.ts';

/** A pause after a failure. */
export interface Rest {
  /** On the clock of {@link Clock.elapsedMs}. */
  readonly until: number;
  /** Failures in a row, this one included. */
  readonly attempts: number;
  readonly error: OpsError;
}

const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 15_000;
const MOST_DOUBLINGS = 10;

/** How long to wait after the `attempt`th failure in a row: doubles up to 15 s, with jitter so that several writers do not march in step. */
export function restMs(attempt: number): number {
  const doublings = Math.min(attempt - 1, MOST_DOUBLINGS);
  const full = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** doublings);
  return full * (0.5 + Math.random() / 2);
}

/** The pause that follows `previous` when it fails again with `error` at `nowMs`. */
export function restAfter(error: OpsError, previous: Rest | undefined, nowMs: number): Rest {
  const attempts = (previous?.attempts ?? 0) + 1;
  return { until: nowMs + restMs(attempts), attempts, error };
}

/** Whether the store as a whole fails, so that no other file would fare better now. */
export function isOutage({ code }: OpsError): boolean {
  return OUTAGES.has(code);
}

const OUTAGES: ReadonlySet<string> = new Set([
  'STORE-MISSING',
  'STORE-DENIED',
  'STORE-TIMEOUT',
  'STORE-UNAVAILABLE',
]);
