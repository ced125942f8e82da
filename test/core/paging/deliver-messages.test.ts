import { describe, expect, test } from 'vitest';
import type { Routes } from '../../../lib/core/config/notify-config.ts';
import { Event } from '../../../lib/core/contract/events.ts';
import { changeMessage } from '../../../lib/core/paging/alarm-message.ts';
import { deliverMessages, type DeliveryDeps } from '../../../lib/core/paging/deliver-messages.ts';
import type { Pagers } from '../../../lib/core/ports/pagers.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { type FakePagers, fakePagers, fakeSecrets } from './fake-paging.ts';
import { ALARM, ALARM_ARN, alarmChange, CONFIG, SAYS } from './samples.ts';

const PAGE = changeMessage(alarmChange(), 'page', undefined, CONFIG);
const TICKET = changeMessage(alarmChange(), 'ticket', undefined, CONFIG);
const OTHER = changeMessage(
  alarmChange({ name: 'holdfast-prod-orders-HostGone', arn: undefined }),
  'page',
  undefined,
  CONFIG,
);

interface Desk extends DeliveryDeps {
  readonly pagers: FakePagers;
  readonly secrets: ReturnType<typeof fakeSecrets>;
  readonly log: RecordingLog;
}

function desk(routes: Routes = CONFIG.routes): Desk {
  const { signal } = new AbortController();
  return { routes, pagers: fakePagers(), secrets: fakeSecrets(), log: recordingLog(), signal };
}

describe('delivery', () => {
  test('reaches every endpoint of the severity, and no other', async () => {
    const deps = desk();
    expect(await deliverMessages([PAGE], deps)).toBe(3);
    expect(deps.pagers.sent).toEqual(
      expect.arrayContaining([
        { way: 'email', to: 'page-email', said: `PAGE orders (prod) BackupMissed: ${SAYS}` },
        {
          way: 'slack',
          to: 'value of page-slack',
          said: `PAGE orders (prod) BackupMissed: ${SAYS}`,
        },
        { way: 'pagerDuty', to: 'value of page-duty', said: `trigger ${ALARM_ARN}` },
      ]),
    );
    expect(deps.pagers.sent).toHaveLength(3);
  });

  test('of a ticket goes where tickets go', async () => {
    const deps = desk();
    await deliverMessages([TICKET], deps);
    expect(deps.pagers.sent.map(({ to }) => to)).toEqual(['ticket-email']);
    expect(deps.secrets.reads).toEqual([]);
  });

  test('reads each secret once, however many messages there are', async () => {
    const deps = desk();
    expect(await deliverMessages([PAGE, OTHER, TICKET], deps)).toBe(7);
    expect(deps.secrets.reads.toSorted()).toEqual(['page-duty', 'page-slack']);
  });

  test('keeps the order of the messages at each endpoint', async () => {
    const deps = desk();
    await deliverMessages([PAGE, OTHER], deps);
    const subjects = deps.pagers.sent.filter(({ way }) => way === 'email').map(({ said }) => said);
    expect(subjects[0]).toContain('BackupMissed');
    expect(subjects[1]).toContain('HostGone');
  });

  test('logs each outcome once, without a secret', async () => {
    const deps = desk();
    deps.pagers.break('slack');
    await expect(deliverMessages([PAGE], deps)).rejects.toMatchObject({ code: 'PAGE-FAILED' });
    const fields = { severity: 'page', alarm: ALARM, title: 'PAGE orders (prod) BackupMissed' };
    const error = { error_code: 'PAGE-FAILED', error: 'slack answered 500', hint: undefined };
    const sent = (endpoint: string) => ({
      level: 'info',
      event: Event.PAGE_SENT,
      fields: { endpoint, ...fields },
    });
    expect(deps.log.lines).toHaveLength(3);
    expect(deps.log.lines).toEqual(
      expect.arrayContaining([
        sent('email'),
        sent('pager-duty'),
        {
          level: 'error',
          event: Event.PAGE_NOT_SENT,
          fields: { endpoint: 'slack', ...fields, ...error },
        },
      ]),
    );
    expect(JSON.stringify(deps.log.lines)).not.toContain('value of');
  });

  test('of nothing is no failure', async () => {
    expect(await deliverMessages([], desk({ page: {}, ticket: {} }))).toBe(0);
  });
});

describe('fails when', () => {
  test.each(['email', 'slack', 'pagerDuty'] as const)(
    '%s does not take the message, once the others have',
    async (way: keyof Pagers) => {
      const deps = desk();
      deps.pagers.break(way);
      await expect(deliverMessages([PAGE, OTHER], deps)).rejects.toMatchObject({
        code: 'PAGE-FAILED',
        retryable: true,
        details: { failed: 2, tried: 6 },
      });
      expect(deps.pagers.sent).toHaveLength(4);
    },
  );

  test('a secret cannot be read, and says which endpoint is concerned', async () => {
    const deps = desk({
      ...CONFIG.routes,
      page: { emailTopic: 'page-email', slackSecret: 'absent' },
    });
    await expect(deliverMessages([PAGE], deps)).rejects.toMatchObject({
      code: 'PAGE-FAILED',
      message: '1 of 2 deliveries failed: slack of page: AWS-ABSENT: there is no such secret',
    });
    expect(deps.pagers.sent).toHaveLength(1);
  });

  test('nobody is to be told', async () => {
    const deps = desk({ page: {}, ticket: { emailTopic: 'ticket-email' } });
    await expect(deliverMessages([PAGE, TICKET], deps)).rejects.toMatchObject({
      code: 'PAGE-FAILED',
      details: { failed: 1, tried: 2 },
    });
    expect(deps.pagers.sent.map(({ to }) => to)).toEqual(['ticket-email']);
  });
});
