import {
  CreateTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  type SubscribeCommandInput,
} from '@aws-sdk/client-sns';
import { expect, test, vi } from 'vitest';
import { handler } from '../../functions/notify/handler.ts';
import { type AnsweringServer, startAnsweringServer } from '../support/answering-server.ts';
import { captureLines } from '../support/captured-lines.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { describeAws } from './control-plane.ts';

/** What e-mail subscriptions of a topic of alarms leave out. */
const WITHOUT_PROOFS = { kind: [{ exists: false }, { 'anything-but': ['proof'] }] };
const NOBODY = { messages: 0, deliveries: 0 };

/** A message of a topic. */
interface Notification {
  readonly Type: string;
  readonly Subject: string;
  readonly Message: string;
}
const heardBy = ({ seen }: AnsweringServer): readonly Notification[] =>
  seen
    .map(({ body }): Notification => JSON.parse(body))
    .filter(({ Type }) => Type === 'Notification');

describeAws('the proof that pages arrive', () => {
  test('is heard by the notifier, which counts it, and by no person at the topic', async () => {
    await using notifier = await startAnsweringServer();
    await using person = await startAnsweringServer();
    const sns = new SNSClient();
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alarms-page' }));
    const subscriptions: readonly Pick<SubscribeCommandInput, 'Endpoint' | 'Attributes'>[] = [
      { Endpoint: notifier.origin, Attributes: {} },
      { Endpoint: person.origin, Attributes: { FilterPolicy: JSON.stringify(WITHOUT_PROOFS) } },
    ];
    for (const one of subscriptions) {
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', ...one }));
    }
    for (const [name, value] of Object.entries({
      HOLDFAST_ENVIRONMENT: 'prod',
      HOLDFAST_CLUSTER: 'orders',
      HOLDFAST_PAGE_TOPIC: TopicArn,
      HOLDFAST_TICKET_TOPIC: 'ticket',
      HOLDFAST_RUNBOOK_URL: 'https://example.com/runbook.md',
      HOLDFAST_ROUTES: '{"page":{},"ticket":{}}',
      HOLDFAST_REPEAT_MINUTES: '15',
    })) {
      vi.stubEnv(name, value);
    }

    const lines = captureLines();
    expect(await handler({ prove: new Date().toISOString() }, lambdaContext())).toEqual(NOBODY);
    const [sent] = heardBy(notifier);
    expect(sent?.Message).toContain('"holdfast":"paging-proof"');
    expect(heardBy(person)).toEqual([]);
    await sns.send(new PublishCommand({ TopicArn, Message: 'what an alarm says' }));
    expect(heardBy(person)).toMatchObject([{ Message: 'what an alarm says' }]);

    const Sns = { TopicArn, MessageId: '1', Subject: sent?.Subject, Message: sent?.Message };
    expect(await handler({ Records: [{ Sns }] }, lambdaContext())).toEqual(NOBODY);
    expect(lines.metrics()).toMatchObject({ PagingProven: 1, Cluster: 'orders' });
    expect(lines.logged('paging.proven')).toHaveLength(1);
  });
});
