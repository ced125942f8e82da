import { Logger } from '@aws-lambda-powertools/logger';
import { SERVICE } from '../../lib/core/contract/metrics.ts';
import type { EventName } from '../../lib/core/contract/events.ts';
import type { Log, LogFields } from '../../lib/core/ports/log.ts';

/** The logger of every function: one JSON line for each outcome, with the request's id. */
export const logger = new Logger({ serviceName: SERVICE });

/** Powertools' logger as the engine's port. */
export const functionLog: Log = {
  info: (event, fields) => logger.info(event, line(event, fields)),
  warn: (event, fields) => logger.warn(event, line(event, fields)),
  error: (event, fields) => logger.error(event, line(event, fields)),
};

function line(event: EventName, fields: LogFields = {}): Record<string, string | number | boolean> {
  const given = Object.entries(fields).filter(
    (pair): pair is [string, string | number | boolean] => pair[1] !== undefined,
  );
  return { event, ...Object.fromEntries(given) };
}
