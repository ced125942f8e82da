import pino from 'pino';
import type { Log } from '../../ports/log.ts';

/** Structured log on stderr, one JSON object per line. */
export function createLog(level: 'info' | 'warn'): Log {
  const logger = pino(
    {
      level,
      base: { service: 'holdfast' },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Written at once: a line that is still in memory when the process is killed helps nobody.
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    info: (event, fields) => logger.info({ event, ...fields }, event),
    warn: (event, fields) => logger.warn({ event, ...fields }, event),
    error: (event, fields) => logger.error({ event, ...fields }, event),
  };
}
