import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/notify/handler.ts';
import { cloudWatchAlarms } from '../../lib/core/adapters/aws/cloudwatch-alarms.ts';
import { snsEmail } from '../../lib/core/adapters/aws/sns-email.ts';
import { ssmAcknowledgements } from '../../lib/core/adapters/aws/ssm-acknowledgements.ts';
import { acknowledgementParameter } from '../../lib/core/contract/deployed-names.ts';
import { REASON, SAYS, alarmJson } from '../core/paging/samples.ts';
import {
  type AnsweringServer,
  fetchFrom,
  startAnsweringServer,
} from '../support/answering-server.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { makeAlarm, moveAlarm } from './alarm-stage.ts';
import { describeAws } from './control-plane.ts';

const PAGE_TOPIC = 'arn:aws:sns:eu-central-1:123456789012:holdfast-prod-page';
const WEBHOOK = 'https://hooks.slack.example/services/a-secret';
const ROUTING_KEY = '0123456789abcdef0123456789abcdef';
const REPEAT_MINUTES = 15;

describeAws('paging', () => {
  describe('alarms', () => {
    test('those in ALARM are found by the beginning of their names', async () => {
      const names = ['holdfast-test-orders-BackupMissed', 'holdfast-test-PagerFailing'];
      for (const name of [...names, 'holdfast-test-orders-Fine', 'holdfast-tests-other-Bad']) {
        await makeAlarm(name, PAGE_TOPIC);
        if (!name.endsWith('Fine')) await moveAlarm(name, 'ALARM');
      }
      const found = await cloudWatchAlarms().inAlarm('holdfast-test-');
      expect(found.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
      expect(found[0]).toMatchObject({
        arn: expect.stringContaining(':alarm:holdfast-test-'),
        description: SAYS,
        reason: REASON,
        transitionedAt: expect.any(Date),
        actions: [PAGE_TOPIC],
      });
    });

    test('one whose actions are disabled tells nobody', async () => {
      await makeAlarm('holdfast-muted-orders-BackupMissed', PAGE_TOPIC, { isSilent: true });
      await moveAlarm('holdfast-muted-orders-BackupMissed', 'ALARM');
      const [alarm] = await cloudWatchAlarms().inAlarm('holdfast-muted-');
      expect(alarm?.actions).toEqual([]);
    });
  });

  describe('acknowledgements', () => {
    const at = new Date('2026-12-01T05:20:00.000Z');
    const transitionedAt = new Date('2026-12-01T05:10:00.123Z');
    const acknowledge = (alarm: string) => ({ alarm, by: 'ada', at, transitionedAt });

    test('are read as they were written, the last of each alarm', async () => {
      const acknowledgements = ssmAcknowledgements();
      const alarms = Array.from({ length: 23 }, (_, index) => `holdfast-prod-orders-A${index}`);
      for (const alarm of alarms) await acknowledgements.write('prod', acknowledge(alarm));
      const again = { ...acknowledge(alarms[0] ?? ''), by: 'grace', reason: 'braces: {{ }}' };
      await acknowledgements.write('prod', again);

      const known = await acknowledgements.read('prod', [...alarms, 'holdfast-prod-orders-None']);
      expect([...known.keys()].toSorted()).toEqual(alarms.toSorted());
      expect(known.get(again.alarm)).toEqual(again);
      expect(known.get('holdfast-prod-orders-A22')).toEqual(
        acknowledge('holdfast-prod-orders-A22'),
      );
    });

    test('of nothing are not asked for', async () => {
      expect(await ssmAcknowledgements().read('prod', [])).toEqual(new Map());
    });

    test('that somebody wrote by hand count as none', async () => {
      const alarm = 'holdfast-prod-orders-ByHand';
      const Name = acknowledgementParameter('prod', alarm);
      await new SSMClient().send(new PutParameterCommand({ Name, Value: 'yes', Type: 'String' }));
      expect(await ssmAcknowledgements().read('prod', [alarm])).toEqual(new Map());
    });
  });

  describe('e-mail', () => {
    test('to a topic that is gone is refused by name', async () => {
      const email = { subject: 'PAGE', text: 'a text' };
      await expect(snsEmail()(`${PAGE_TOPIC}-gone`, email)).rejects.toMatchObject({
        code: 'AWS-ABSENT',
        message: expect.stringContaining(`sns:Publish to ${PAGE_TOPIC}-gone`),
      });
    });
  });

  describe('the notifier', () => {
    let people: AnsweringServer;
    let mail: AnsweringServer;
    let lines: string[] = [];

    beforeAll(async () => {
      people = await startAnsweringServer();
      mail = await startAnsweringServer();
      vi.stubGlobal('fetch', fetchFrom(people.origin));
      const sns = new SNSClient();
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'page-email' }));
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: mail.origin }));
      const secrets = new SecretsManagerClient();
      for (const [Name, SecretString] of [
        ['slack', `${WEBHOOK}\n`],
        ['pager-duty', ROUTING_KEY],
      ]) {
        await secrets.send(new CreateSecretCommand({ Name, SecretString }));
      }
      const routes = {
        page: { emailTopic: TopicArn, slackSecret: 'slack', pagerDutySecret: 'pager-duty' },
        ticket: { emailTopic: TopicArn },
      };
      for (const [name, value] of Object.entries({
        HOLDFAST_ENVIRONMENT: 'prod',
        HOLDFAST_CLUSTER: 'orders',
        HOLDFAST_PAGE_TOPIC: PAGE_TOPIC,
        HOLDFAST_TICKET_TOPIC: `${PAGE_TOPIC}-not`,
        HOLDFAST_RUNBOOK_URL: 'https://example.com/runbook.md',
        HOLDFAST_ROUTES: JSON.stringify(routes),
        HOLDFAST_REPEAT_MINUTES: String(REPEAT_MINUTES),
      })) {
        vi.stubEnv(name, value);
      }
    });
    beforeEach(() => {
      lines = [];
      for (const stream of [process.stdout, process.stderr]) {
        vi.spyOn(stream, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
      }
    });
    afterEach(() => {
      vi.restoreAllMocks();
      people.reset();
      mail.reset();
    });
    afterAll(async () => {
      vi.unstubAllGlobals();
      await people[Symbol.asyncDispose]();
      await mail[Symbol.asyncDispose]();
    });

    const snsEvent = (Message: string, Subject: string | null = null): object => ({
      Records: [
        {
          EventSource: 'aws:sns',
          EventVersion: '1.0',
          EventSubscriptionArn: `${PAGE_TOPIC}:1`,
          Sns: {
            Type: 'Notification',
            MessageId: 'message-1',
            TopicArn: PAGE_TOPIC,
            Subject,
            Message,
          },
        },
      ],
    });
    const mails = (): readonly { readonly Subject: string; readonly Message: string }[] =>
      mail.seen.map(({ body }) => JSON.parse(body)).filter(({ Type }) => Type === 'Notification');

    describe('told of an alarm', () => {
      test('tells everybody', async () => {
        expect(await handler(snsEvent(alarmJson()), lambdaContext())).toEqual({
          messages: 1,
          deliveries: 3,
        });
        const headline = `PAGE orders (prod) BackupMissed: ${SAYS}`;
        expect(mails()).toMatchObject([
          { Subject: headline, Message: expect.stringContaining('runbook.md#backupmissed') },
        ]);
        const seen = Object.fromEntries(
          people.seen.map(({ path, body }) => [path, JSON.parse(body)]),
        );
        expect(seen).toMatchObject({
          '/hooks.slack.example/services/a-secret': { text: headline },
          '/events.pagerduty.com/v2/enqueue': {
            routing_key: ROUTING_KEY,
            event_action: 'trigger',
            payload: { summary: headline },
          },
        });
        expect(lines).toHaveLength(3);
        expect(lines.join('\n')).toContain('"event":"page.sent"');
        expect(lines.join('\n')).not.toMatch(new RegExp(`a-secret|${ROUTING_KEY}`));
      });

      test('fails once everybody was tried, without a secret in the log', async () => {
        people.answer({ status: 403, text: 'invalid_token' });
        await expect(handler(snsEvent(alarmJson()), lambdaContext())).rejects.toMatchObject({
          code: 'PAGE-FAILED',
        });
        expect(mails()).toHaveLength(1);
        expect(people.seen).toHaveLength(2);
        const log = lines.join('\n');
        expect(log.match(/"event":"page.not_sent"/g)).toHaveLength(2);
        expect(log.match(/"event":"function.failed"/g)).toHaveLength(1);
        expect(log).not.toMatch(new RegExp(`a-secret|${ROUTING_KEY}`));
      });
    });

    test('told something by a person passes it on', async () => {
      await handler(snsEvent('Is anybody there?', 'a test'), lambdaContext());
      expect(mails()).toMatchObject([
        { Subject: 'a test: Is anybody there?', Message: 'Is anybody there?' },
      ]);
      expect(people.seen).toHaveLength(2);
    });

    test('pages again until somebody has acknowledged', async () => {
      const name = 'holdfast-prod-orders-BackupMissed';
      await makeAlarm(name, PAGE_TOPIC);
      await moveAlarm(name, 'ALARM');
      const [alarm] = await cloudWatchAlarms().inAlarm('holdfast-prod-');
      const since = alarm?.transitionedAt.getTime() ?? 0;
      const after = (minutes: number): object => ({
        repeat: new Date(since + minutes * 60_000).toISOString(),
      });
      const repeated = async (minutes: number): Promise<number> => {
        mail.reset();
        await handler(after(minutes), lambdaContext());
        return mails().length;
      };
      expect(await repeated(REPEAT_MINUTES - 1)).toBe(0);
      expect(await repeated(REPEAT_MINUTES + 1)).toBe(1);
      expect(await repeated(REPEAT_MINUTES + 6)).toBe(0);
      expect(await repeated(2 * REPEAT_MINUTES + 1)).toBe(1);

      const transitionedAt = new Date(since);
      await ssmAcknowledgements().write('prod', {
        alarm: name,
        by: 'ada',
        at: new Date(),
        transitionedAt,
      });
      expect(await repeated(3 * REPEAT_MINUTES + 1)).toBe(0);
      await moveAlarm(name, 'OK');
      await moveAlarm(name, 'ALARM');
      expect(await repeated(4 * REPEAT_MINUTES + 1)).toBe(1);
    });
  });
});
