import type { Log } from '../../lib/core/ports/log.ts';

/** A log that keeps the names of its events. */
export function recordingLog(): Log & { readonly events: readonly string[] } {
  const events: string[] = [];
  const record = (event: string): void => {
    events.push(event);
  };
  return { events, info: record, warn: record, error: record };
}
