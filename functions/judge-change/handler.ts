import { snsEmail } from '../../lib/core/adapters/aws/sns-email.ts';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { JudgeChangeConfig } from '../../lib/core/config/judge-change-config.ts';
import { ChangeEvent } from '../../lib/core/guard/change-event.ts';
import { runJudgeChange } from '../../lib/core/guard/run-judge-change.ts';
import { functionStore } from '../shared/function-store.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** After so long people are told without what is at stake. */
const PATIENCE_MS = 60_000;

/** Judges a change of what guards the archive, and tells people what is at stake. */
export const handler = opsHandler({
  event: ChangeEvent,
  config: JudgeChangeConfig,
  run: async (event, { config, log, signal }) =>
    runJudgeChange(event, {
      config,
      store: await functionStore(config),
      publish: snsEmail(),
      telemetry: emfTelemetry(config),
      log,
      signal,
      patience: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    }),
});
