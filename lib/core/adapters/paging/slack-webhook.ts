import { OpsError } from '../../errors/ops-error.ts';
import type { Pagers } from '../../ports/pagers.ts';
import { postJson } from './post-json.ts';

/**
 * Slack's incoming webhooks.
 *
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export const slackWebhook: Pagers['slack'] = async (webhook, message, { signal } = {}) => {
  const url = parseWebhook(webhook);
  await postJson({ url, body: message, secret: url.pathname, signal });
};

/** Whoever has the URL may write to the channel: it goes over no wire in the clear. */
function parseWebhook(webhook: string): URL {
  const url = URL.parse(webhook);
  if (url?.protocol === 'https:') return url;
  throw new OpsError('SECRET-MALFORMED', 'the secret of the Slack webhook is not an https URL', {
    hint: 'write the webhook’s URL into the secret as it is, without quotes, JSON or a key',
  });
}
