import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Pagers } from '../../ports/pagers.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** E-mail to the subscribers of an SNS topic. */
export function snsEmail(client = new SNSClient(CLIENT_SETTINGS)): Pagers['email'] {
  return async (topic, { subject, text }, { signal } = {}) => {
    await awsCall(
      `sns:Publish to ${topic}`,
      async () =>
        client.send(new PublishCommand({ TopicArn: topic, Subject: subject, Message: text }), {
          abortSignal: signal,
        }),
      signal,
    );
  };
}
