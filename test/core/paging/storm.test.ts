import { describe, expect, test } from 'vitest';
import type { NotifyEvent } from '../../../lib/core/paging/notify-event.ts';
import { runNotify } from '../../../lib/core/paging/run-notify.ts';
import type { AlarmInAlarm } from '../../../lib/core/ports/alarm-states.ts';
import type { DiagnosisRequest } from '../../../lib/core/ports/diagnoser.ts';
import { breachingOfData } from './alarm-rows.ts';
import { fakeAlarms } from './fake-paging.ts';
import { type Office, openOffice } from './paging-office.ts';
import {
  ALARM,
  ALARM_ARN,
  alarmInAlarm,
  alarmJson,
  COMPOSITE,
  compositeJson,
  diagnosis,
  PAGE_TOPIC,
  REASON,
  SILENCE,
} from './samples.ts';

const nameOf = (id: string) => `holdfast-prod-orders-${id}`;
const arnOf = (id: string) => ALARM_ARN.replace(ALARM, nameOf(id));
const named = (id: string, more: Partial<AlarmInAlarm> = {}) =>
  alarmInAlarm({ name: nameOf(id), arn: arnOf(id), ...more });
const says = (id: string, reason: string, NewStateValue = 'ALARM') =>
  alarmJson({
    AlarmName: nameOf(id),
    AlarmArn: arnOf(id),
    NewStateReason: reason,
    NewStateValue,
  });
const told = (...texts: readonly string[]): NotifyEvent => ({
  kind: 'messages',
  records: texts.map((message, index) => ({
    topic: PAGE_TOPIC,
    id: `${index}`,
    subject: undefined,
    message,
  })),
});

/** An office in which people of tickets have a pager too, so that each way is seen. */
function observed(inAlarm: readonly AlarmInAlarm[]) {
  const asked: DiagnosisRequest[] = [];
  const diagnose = async (request: DiagnosisRequest) => {
    asked.push(request);
    return diagnosis();
  };
  const mails: { topic: string; subject: string; text: string }[] = [];
  const base = openOffice({ alarms: fakeAlarms(inAlarm), diagnoser: { diagnose } });
  const office: Office = {
    ...base,
    pagers: {
      ...base.pagers,
      email: async (topic, { subject, text }) => void mails.push({ topic, subject, text }),
    },
  };
  const to = (topic: string) => mails.filter((mail) => mail.topic === topic);
  return { office, asked, loud: () => to('page-email'), quiet: () => to('ticket-email') };
}

describe('a server that is down', () => {
  const down = named('DatabaseDown', { rule: `ALARM("${nameOf('DatabaseUnreachable')}")` });
  const unreachable = named('DatabaseUnreachable', { actions: [] });
  // A probe of the estate tells them, which goes on.
  const silent = breachingOfData().filter(
    (id) => !['VaultDrifted', 'RetentionRunway', 'BackupMissed', 'KeyUnusable'].includes(id),
  );

  test('for ten minutes is one incident that pages; the rest is told quietly, and as a part of it', async () => {
    const inAlarm = [
      down,
      unreachable,
      ...silent.map((id) => named(id, { reason: SILENCE })),
      named('ChecksFailedA'),
    ];
    const { office, asked, loud, quiet } = observed(inAlarm);
    await runNotify(told(compositeJson()), office);
    // One by one, as CloudWatch tells of them.
    for (const id of silent) await runNotify(told(says(id, SILENCE)), office);
    await runNotify(told(says('ChecksFailedA', REASON)), office);
    expect(silent.length).toBeGreaterThanOrEqual(16);
    expect(office.events.map(({ dedup_key }) => dedup_key)).toEqual([arnOf('DatabaseDown')]);
    expect(loud().map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^PAGE orders \(prod\) DatabaseDown/),
    ]);
    expect(quiet()).toHaveLength(silent.length + 1);
    expect(quiet()[0]?.text).toMatch(
      /\n\nSilence: {8}nothing was measured, for DatabaseDown is in ALARM: mend that first\n/,
    );
    expect(quiet().at(-1)?.text).toContain('nothing could be asked, for DatabaseDown is in ALARM');
    expect(asked).toEqual([{ alarm: COMPOSITE, at: expect.any(Date) }]);
  });

  test('is paged again, and nothing that follows from it', async () => {
    const { office, loud, quiet } = observed([
      down,
      unreachable,
      ...silent.map((id) => named(id, { reason: SILENCE })),
    ]);
    const scheduledTime = new Date('2026-12-01T05:25:30Z');
    await runNotify({ kind: 'repeat', scheduledTime }, office);
    expect(loud().map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^PAGE AGAIN orders \(prod\) DatabaseDown/),
    ]);
    expect(quiet()).toEqual([]);
  });

  test('is over for the people of tickets too, who were told of what followed', async () => {
    const { office, loud, quiet } = observed([]);
    await runNotify(told(compositeJson({ NewStateValue: 'OK' })), office);
    expect([loud().length, quiet().length]).toEqual([1, 1]);
    expect(office.events).toMatchObject([{ event_action: 'resolve' }]);
  });

  test('does not quieten what was measured, or what nobody pages', async () => {
    const measured = observed([down, unreachable, named('XidsOld')]);
    await runNotify(told(says('XidsOld', REASON)), measured.office);
    expect(measured.loud()).toHaveLength(1);
    expect(measured.asked).toEqual([{ alarm: nameOf('XidsOld'), at: expect.any(Date) }]);
    const mute = observed([named('DatabaseDown', { actions: [] }), unreachable]);
    await runNotify(told(says('XidsOld', SILENCE)), mute.office);
    expect(mute.loud()).toHaveLength(1);
  });
});

test('the silence of a probe is one incident, and an alarm that is OK again ends its own', async () => {
  const probe = named('ProbeSilent');
  const { office, asked, loud, quiet } = observed([probe, named('XidsOld')]);
  await runNotify(told(says('XidsOld', SILENCE), says('ProbeSilent', SILENCE)), office);
  expect(office.events).toMatchObject([{ event_action: 'trigger', dedup_key: probe.arn }]);
  expect([loud().length, quiet().length]).toEqual([1, 1]);
  expect(asked).toEqual([{ alarm: probe.name, at: expect.any(Date) }]);
  await runNotify(told(says('XidsOld', SILENCE, 'OK')), office);
  expect(office.events[1]).toMatchObject({
    event_action: 'resolve',
    dedup_key: arnOf('XidsOld'),
  });
});
