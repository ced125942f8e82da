import { describe, expect, test } from 'vitest';
import type { NotifyEvent } from '../../../lib/core/paging/notify-event.ts';
import { type NotifyDeps, runNotify } from '../../../lib/core/paging/run-notify.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry } from '../../support/recording-telemetry.ts';
import {
  denied,
  fakeAcknowledgements,
  fakeAlarms,
  type FakePagers,
  fakePagers,
  fakeSecrets,
} from './fake-paging.ts';
import {
  ALARM,
  ALARM_ARN,
  alarmInAlarm,
  alarmJson,
  CONFIG,
  PAGE_TOPIC,
  SAYS,
  TICKET_TOPIC,
} from './samples.ts';

const EMAIL_ONLY = {
  ...CONFIG,
  routes: { page: { emailTopic: 'page-email' }, ticket: { emailTopic: 'ticket-email' } },
};

function office(more: Partial<NotifyDeps> = {}): NotifyDeps & { readonly pagers: FakePagers } {
  return {
    config: EMAIL_ONLY,
    diagnoser: undefined,
    clock: fakeClock(new Date('2026-12-01T05:10:30Z')),
    invocation: { id: 'a-request', remainingMs: () => 60_000 },
    proofs: { publish: async () => undefined },
    telemetry: recordingTelemetry(),
    alarms: fakeAlarms([]),
    acknowledgements: fakeAcknowledgements(),
    secrets: fakeSecrets(),
    log: recordingLog(),
    signal: new AbortController().signal,
    ...more,
    pagers: fakePagers(),
  };
}

function message(text: string, topic = PAGE_TOPIC, subject?: string): NotifyEvent {
  return { kind: 'messages', records: [{ topic, id: 'message-1', subject, message: text }] };
}

const repeatAt = (time: string): NotifyEvent => ({ kind: 'repeat', scheduledTime: new Date(time) });

describe('what comes to a topic', () => {
  test.each([
    { topic: PAGE_TOPIC, to: 'page-email', loud: 'PAGE' },
    { topic: TICKET_TOPIC, to: 'ticket-email', loud: 'TICKET' },
    { topic: 'arn:aws:sns:eu-central-1:1:unheard-of', to: 'page-email', loud: 'PAGE' },
  ])('$topic is a $loud', async ({ topic, to, loud }) => {
    const deps = office();
    expect(await runNotify(message(alarmJson(), topic), deps)).toEqual({
      messages: 1,
      deliveries: 1,
    });
    expect(deps.pagers.sent).toEqual([
      { way: 'email', to, said: `${loud} orders (prod) BackupMissed: ${SAYS}` },
    ]);
  });

  test('from a person is passed on as it is', async () => {
    const deps = office();
    await runNotify(message('Is anybody there?', PAGE_TOPIC, 'a test'), deps);
    expect(deps.pagers.sent[0]?.said).toBe('a test: Is anybody there?');
  });

  test('from an alarm that is OK says how long it lasted', async () => {
    const alarms = fakeAlarms([], [{ at: new Date('2026-12-01T04:10:00.123Z'), to: 'ALARM' }]);
    const deps = office({ alarms });
    await runNotify(message(alarmJson({ NewStateValue: 'OK' })), deps);
    expect(deps.pagers.sent[0]?.said).toContain('recovered after 1 h 0 min');
  });

  test('is sent although nobody knows how long it lasted', async () => {
    const deps = office({ alarms: fakeAlarms([], denied()) });
    await runNotify(message(alarmJson({ NewStateValue: 'OK' })), deps);
    expect(deps.pagers.sent[0]?.said).toContain('OK orders (prod) BackupMissed: recovered; it was');
  });
});

describe('when it is time to look for repetitions', () => {
  const inAlarm = [
    alarmInAlarm(),
    alarmInAlarm({ name: 'holdfast-prod-orders-KeyUnusable', arn: undefined }),
  ];

  test('pages again what is due, in the name of the same incident', async () => {
    const config = { ...EMAIL_ONLY, routes: CONFIG.routes };
    const deps = office({ config, alarms: fakeAlarms([alarmInAlarm()]) });
    await runNotify(repeatAt('2026-12-01T05:30:00Z'), deps);
    expect(deps.pagers.sent).toContainEqual(
      expect.objectContaining({ said: `PAGE AGAIN orders (prod) BackupMissed: ${SAYS}` }),
    );
    expect(deps.pagers.sent).toContainEqual(
      expect.objectContaining({ said: `trigger ${ALARM_ARN}` }),
    );
  });

  test('is silent between two intervals', async () => {
    const deps = office({ alarms: fakeAlarms(inAlarm) });
    for (const time of ['2026-12-01T05:25:00Z', '2026-12-01T05:35:00Z']) {
      expect(await runNotify(repeatAt(time), deps)).toEqual({ messages: 0, deliveries: 0 });
    }
  });

  test('leaves out what was acknowledged', async () => {
    const acknowledgement = {
      alarm: ALARM,
      by: 'ada',
      at: new Date('2026-12-01T05:12:00Z'),
      transitionedAt: alarmInAlarm().transitionedAt,
    };
    const acknowledgements = fakeAcknowledgements([acknowledgement]);
    const deps = office({ alarms: fakeAlarms(inAlarm), acknowledgements });
    await runNotify(repeatAt('2026-12-01T05:30:00Z'), deps);
    expect(deps.pagers.sent.map(({ said }) => said)).toEqual([
      `PAGE AGAIN orders (prod) KeyUnusable: ${SAYS}`,
    ]);
  });

  test('pages everything when acknowledgements cannot be read', async () => {
    const acknowledgements = fakeAcknowledgements(denied());
    const deps = office({ alarms: fakeAlarms(inAlarm), acknowledgements });
    await runNotify(repeatAt('2026-12-01T05:30:00Z'), deps);
    expect(deps.pagers.sent).toHaveLength(2);
  });

  test('fails when alarms cannot be read', async () => {
    const alarms = {
      ...fakeAlarms([]),
      inAlarm: async () => {
        throw denied();
      },
    };
    await expect(
      runNotify(repeatAt('2026-12-01T05:30:00Z'), office({ alarms })),
    ).rejects.toMatchObject({ code: 'AWS-DENIED' });
  });
});
