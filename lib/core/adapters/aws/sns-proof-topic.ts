import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { ProofTopic } from '../../ports/proof-topic.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/**
 * SNS topics. The attribute `kind` is `proof`: subscriptions of people leave such messages out by a filter.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export function snsProofTopic(client = new SNSClient(CLIENT_SETTINGS)): ProofTopic {
  return {
    publish: async (topic, text, { signal } = {}) => {
      const publish = new PublishCommand({
        TopicArn: topic,
        Subject: 'Holdfast proves that pages arrive',
        Message: text,
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'proof' } },
      });
      await awsCall(
        `sns:Publish to ${topic}`,
        async () => client.send(publish, { abortSignal: signal }),
        signal,
      );
    },
  };
}
