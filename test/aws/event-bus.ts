import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { randomBytes } from 'node:crypto';

/** An event as a service puts it on the bus. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: object;
}

/** A queue that a rule fills. */
export interface FilledQueue {
  /** Puts an event on the bus, and gives what the rule has put into the queue since. */
  put(event: BusEvent): Promise<readonly string[]>;
}

/** Makes a rule with this pattern, and a queue that is its target, in the API server. */
export async function makeRule(pattern: EventPattern): Promise<FilledQueue> {
  const name = `r${randomBytes(4).toString('hex')}`;
  const { QueueUrl } = await call('sqs', 'AmazonSQS.CreateQueue', { QueueName: name });
  const { source, detailType, detail } = pattern;
  await call('events', 'AWSEvents.PutRule', {
    Name: name,
    EventPattern: JSON.stringify({ source, 'detail-type': detailType, detail }),
  });
  const Arn = `arn:aws:sqs:eu-central-1:123456789012:${name}`;
  await call('events', 'AWSEvents.PutTargets', { Rule: name, Targets: [{ Id: 'queue', Arn }] });
  return {
    put: async (event) => {
      const entry = {
        Source: event.source,
        DetailType: event['detail-type'],
        Detail: JSON.stringify(event.detail),
      };
      await call('events', 'AWSEvents.PutEvents', { Entries: [entry] });
      const { Messages = [] } = await call('sqs', 'AmazonSQS.ReceiveMessage', {
        QueueUrl,
        MaxNumberOfMessages: 10,
      });
      return (Messages as readonly { readonly Body: string }[]).map(({ Body }) => Body);
    },
  };
}

/** Asks a service for which there is no client here: the server goes by the scope of the signature. */
async function call(
  service: string,
  target: string,
  body: object,
): Promise<Record<string, unknown>> {
  const scope = `testing/20261201/eu-central-1/${service}/aws4_request`;
  const response = await fetch(process.env['AWS_ENDPOINT_URL'] ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
