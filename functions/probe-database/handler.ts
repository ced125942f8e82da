import { z } from 'zod';
import { patientSessions } from '../../lib/core/adapters/postgres/patient-sessions.ts';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { ProbeDatabaseConfig } from '../../lib/core/config/probe-database-config.ts';
import { DATABASE_CHECKS } from '../../lib/core/health/all-checks.ts';
import { probeDatabase } from '../../lib/core/health/probe-database.ts';
import { probeMemory } from '../../lib/core/health/probe-memory.ts';
import { opsHandler } from '../shared/ops-handler.ts';
import { probeContext } from '../shared/probe-context.ts';

/** Of this process: what a run compares with, and whether the server was there. */
const memory = probeMemory();

/** Looks into a cluster's database. */
export const handler = opsHandler({
  event: z.object({
    scheduledTime: z.iso.datetime().transform((text) => new Date(text)),
  }),
  config: ProbeDatabaseConfig,
  run: async ({ scheduledTime }, given) => {
    const context = await probeContext(given);
    const { standing } = await probeDatabase(scheduledTime, {
      ...context,
      sessions: patientSessions(context.sessions),
      checks: DATABASE_CHECKS,
      memory,
      telemetry: emfTelemetry(given.config),
      log: given.log,
    });
    return { standing };
  },
});
