import type { EventName } from '../contract/events.ts';

/** Values of a log line; keys in snake_case. Never a secret, never an SQL literal. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log: one line per outcome, written at the boundary that owns the outcome. */
export interface Log {
  info(event: EventName, fields?: LogFields): void;
  warn(event: EventName, fields?: LogFields): void;
  error(event: EventName, fields?: LogFields): void;
}
