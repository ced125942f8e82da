import { cloudWatchAlarms } from '../../lib/core/adapters/aws/cloudwatch-alarms.ts';
import { diagnoserOf } from '../../lib/core/adapters/aws/lambda-diagnoser.ts';
import { secretsManagerValues } from '../../lib/core/adapters/aws/secrets-manager-values.ts';
import { snsEmail } from '../../lib/core/adapters/aws/sns-email.ts';
import { snsProofTopic } from '../../lib/core/adapters/aws/sns-proof-topic.ts';
import { ssmAcknowledgements } from '../../lib/core/adapters/aws/ssm-acknowledgements.ts';
import { pagerDutyEvents } from '../../lib/core/adapters/paging/pager-duty-events.ts';
import { slackWebhook } from '../../lib/core/adapters/paging/slack-webhook.ts';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { NotifyConfig } from '../../lib/core/config/notify-config.ts';
import { NotifyEvent } from '../../lib/core/paging/notify-event.ts';
import { runNotify } from '../../lib/core/paging/run-notify.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Tells people what an alarm says, and tells them again until somebody acknowledges it. */
export const handler = opsHandler({
  event: NotifyEvent,
  config: NotifyConfig,
  run: async (event, context) =>
    runNotify(event, {
      ...context,
      diagnoser: diagnoserOf(context.config.diagnoseFunction),
      proofs: snsProofTopic(),
      telemetry: emfTelemetry(context.config),
      alarms: cloudWatchAlarms(),
      acknowledgements: ssmAcknowledgements(),
      secrets: secretsManagerValues(),
      pagers: { email: snsEmail(), slack: slackWebhook, pagerDuty: pagerDutyEvents },
    }),
});
