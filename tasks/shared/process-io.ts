import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { createLog } from '../../lib/core/adapters/system/log.ts';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import type { TaskProcess } from './run-task.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** This very process: logs on stderr, metrics on stdout. */
export function openTaskProcess(): TaskProcess {
  return {
    env: process.env,
    clock: systemClock,
    log: createLog('info'),
    telemetry: emfTelemetry,
    onStop: (stop) => {
      for (const name of STOP_SIGNALS) process.on(name, stop);
      return {
        [Symbol.dispose]: () => {
          for (const name of STOP_SIGNALS) process.off(name, stop);
        },
      };
    },
    exit: (status) => process.exit(status),
  };
}
