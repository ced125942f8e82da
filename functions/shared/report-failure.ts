import type { MiddlewareObj } from '@middy/core';
import { Event } from '../../lib/core/contract/events.ts';
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import { functionLog } from './function-log.ts';

/** Logs a failure once, with its code and hint. It stays thrown: retries and alarms see it. */
export function reportFailure(): MiddlewareObj {
  return {
    onError: ({ error }) => {
      const { code, message, hint, details } = toOpsError(error);
      functionLog.error(Event.FUNCTION_FAILED, {
        ...details,
        error_code: code,
        error: message,
        hint,
        stack: code === 'INTERNAL' && error instanceof Error ? error.stack : undefined,
      });
    },
  };
}
