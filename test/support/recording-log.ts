import type { Log, LogFields } from '../../lib/core/ports/log.ts';

/** A line that was logged. */
export interface RecordedLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps what it is told. */
export interface RecordingLog extends Log {
  /** The names of its events. */
  readonly events: readonly string[];
  readonly lines: readonly RecordedLine[];
}

/** An empty log. */
export function recordingLog(): RecordingLog {
  const events: string[] = [];
  const lines: RecordedLine[] = [];
  const recorder =
    (level: RecordedLine['level']) =>
    (event: string, fields: LogFields = {}): void => {
      events.push(event);
      lines.push({ level, event, fields });
    };
  return {
    events,
    lines,
    info: recorder('info'),
    warn: recorder('warn'),
    error: recorder('error'),
  };
}
