import { secretsManagerVersions } from '../../lib/core/adapters/aws/secrets-manager-versions.ts';
import { AnswerHealthConfig } from '../../lib/core/config/answer-health-config.ts';
import { DATABASE_CHECKS } from '../../lib/core/health/all-checks.ts';
import { answerHealth } from '../../lib/core/health/answer-health.ts';
import { answerMemory } from '../../lib/core/health/answer-memory.ts';
import { HealthRequest } from '../../lib/core/health/health-request.ts';
import { opsHandler } from '../shared/ops-handler.ts';
import { probeContext } from '../shared/probe-context.ts';

/** Nobody who asks waits for long. */
const LIMIT_MS = 10_000;
/** Of this process: what was answered lately is answered again. */
const memory = answerMemory();

/** Answers monitors outside how a cluster's database is. */
export const handler = opsHandler({
  event: HealthRequest,
  config: AnswerHealthConfig,
  run: async (request, given) =>
    answerHealth(request, {
      memory,
      checks: DATABASE_CHECKS,
      secret: given.config.tokenSecret,
      secrets: secretsManagerVersions(),
      probe: async () => ({ ...(await probeContext(given)), limitMs: LIMIT_MS }),
      clock: given.clock,
      log: given.log,
      signal: given.signal,
    }),
});
