import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { NotifyEvent } from '../../../lib/core/paging/notify-event.ts';
import { runNotify } from '../../../lib/core/paging/run-notify.ts';
import type { DiagnosisRequest } from '../../../lib/core/ports/diagnoser.ts';
import { denied, fakeAlarms } from './fake-paging.ts';
import { openOffice } from './paging-office.ts';
import {
  ALARM,
  ALARM_ARN,
  alarmInAlarm,
  alarmJson,
  compositeJson,
  diagnosis,
  PAGE_TOPIC,
  SAYS,
  SILENCE,
  TICKET_TOPIC,
} from './samples.ts';

const told = (...texts: readonly string[]): NotifyEvent => ({
  kind: 'messages',
  records: texts.map((message, index) => ({
    topic: PAGE_TOPIC,
    id: `message-${index}`,
    subject: undefined,
    message,
  })),
});
const asTicket = (text: string): NotifyEvent => ({
  kind: 'messages',
  records: [{ topic: TICKET_TOPIC, id: 'message-0', subject: undefined, message: text }],
});
const named = (id: string, more = {}) =>
  alarmInAlarm({
    name: `holdfast-prod-orders-${id}`,
    arn: ALARM_ARN.replace(ALARM, `holdfast-prod-orders-${id}`),
    ...more,
  });

describe('the diagnosis of a page', () => {
  test('is asked for once for all that came, and stands in the page with a link to the rest', async () => {
    const asked: DiagnosisRequest[] = [];
    const diagnose = async (request: DiagnosisRequest) => {
      asked.push(request);
      return diagnosis();
    };
    const office = openOffice({ diagnoser: { diagnose } });
    await runNotify(told(alarmJson(), alarmJson()), office);
    expect(asked).toEqual([{ alarm: ALARM, at: new Date('2026-12-01T05:10:00.123Z') }]);
    expect(office.emails).toHaveLength(2);
    const text = office.emails[0]?.text ?? '';
    expect(text).toContain('Last backup:    20261201T010000Z, made 4 h 9 min ago');
    expect(text).toContain('Not seen:       Blockers, Oldest xmin: PG-CONNECT: refused');
    expect(text).toContain('Run next:       SELECT pg_terminate_backend(4711)');
    expect(text).toContain(
      'Diagnosis: https://eu-central-1.console.aws.amazon.com/s3/object/backups?region=eu-central-1&prefix=prod%2Forders',
    );
    expect(office.events[0]).toMatchObject({
      payload: {
        custom_details: { 'Run next': 'SELECT pg_terminate_backend(4711)\nholdfast status' },
      },
    });
  });

  test('does not keep a page from leaving after ten seconds', async () => {
    const never = { diagnose: async () => new Promise<never>(() => undefined) };
    const office = openOffice({ diagnoser: never });
    const running = runNotify(told(alarmJson()), office);
    await office.clock.advance(9_999);
    expect(office.emails).toEqual([]);
    await office.clock.advance(1);
    await running;
    expect(office.emails[0]?.text).toContain('Diagnosis:      none: no answer within 10 s');
    expect(office.log.lines[0]).toMatchObject({
      event: 'diagnosis.missing',
      fields: { error_code: 'HEALTH-DIAGNOSIS' },
    });
  });

  test('is asked for a second time when it fails, and not a third', async () => {
    let asked = 0;
    const diagnose = async () => {
      asked += 1;
      if (asked === 1) throw denied();
      return diagnosis();
    };
    const office = openOffice({ diagnoser: { diagnose } });
    await runNotify(told(alarmJson()), office);
    expect(asked).toBe(2);
    expect(office.emails[0]?.text).toContain('Last backup:    20261201T010000Z');
    expect(office.log.lines.map(({ event }) => event)).not.toContain('diagnosis.missing');
  });

  test('is not waited for when the function has no time for it', async () => {
    const diagnose = async (): Promise<never> => Promise.reject(new Error('not to be asked'));
    const office = openOffice({
      diagnoser: { diagnose },
      invocation: { id: 'a-request', remainingMs: () => 12_000 },
    });
    await runNotify(told(alarmJson()), office);
    expect(office.emails[0]?.text).toContain('Diagnosis:      no time was left for it');
  });

  test.each([
    { error: denied(), says: 'none: AWS-DENIED: no right' },
    { error: new OpsError('HEALTH-DIAGNOSIS', 'it failed'), says: 'none: it failed' },
  ])('is $says when it fails so', async ({ error, says }) => {
    const office = openOffice({ diagnoser: { diagnose: async () => Promise.reject(error) } });
    await runNotify(told(alarmJson()), office);
    expect(office.emails[0]?.text).toContain(`Diagnosis:      ${says}`);
  });

  test.each([
    { what: 'a ticket', event: asTicket(alarmJson()) },
    { what: 'an alarm that is OK', event: told(alarmJson({ NewStateValue: 'OK' })) },
    { what: 'a person’s words', event: told('hello') },
  ])('is not asked for about $what', async ({ event }) => {
    let asked = 0;
    const diagnose = async () => {
      asked += 1;
      return diagnosis();
    };
    await runNotify(event, openOffice({ diagnoser: { diagnose } }));
    expect(asked).toBe(0);
  });
});

describe('a page', () => {
  test('of a composite alarm lists its members in ALARM, and the others of its cluster', async () => {
    const office = openOffice({
      alarms: fakeAlarms([
        named('DatabaseUnreachable', { description: 'the server does not answer' }),
        named('DatabaseDown'),
        named('AgentSilent'),
        alarmInAlarm({ name: 'holdfast-prod-other-AgentSilent' }),
      ]),
    });
    await runNotify(told(compositeJson()), office);
    const text = office.emails[0]?.text ?? '';
    expect(text).toContain('In alarm:       DatabaseUnreachable: the server does not answer\n');
    expect(text).toContain('Also in alarm:  AgentSilent\n');
  });

  test('says who made it change when nobody can say who is in ALARM', async () => {
    const alarms = { ...fakeAlarms([]), inAlarm: async () => Promise.reject(denied()) };
    const office = openOffice({ alarms });
    await runNotify(told(compositeJson()), office);
    expect(office.emails[0]?.text).toContain('In alarm:       DatabaseUnreachable\n');
    expect(office.emails[0]?.text).toContain('Also in alarm:  not known: AWS-DENIED: no right');
  });

  test('that is repeated says the same of its surroundings, and consequences are not repeated', async () => {
    const probe = named('ProbeSilent', { transitionedAt: new Date('2026-12-01T05:09:00Z') });
    const silent = named('XidsOld', { reason: SILENCE });
    const office = openOffice({ alarms: fakeAlarms([probe, silent]) });
    await runNotify({ kind: 'repeat', scheduledTime: new Date('2026-12-01T05:25:30Z') }, office);
    expect(office.events.map(({ dedup_key }) => dedup_key)).toEqual([probe.arn]);
    expect(office.emails[0]?.text).toContain(`Also in alarm:  XidsOld`);
  });

  test('of an alarm that another keeps quiet is not repeated', async () => {
    const office = openOffice({ alarms: fakeAlarms([named('DatabaseDown', { actions: [] })]) });
    const event = { kind: 'repeat', scheduledTime: new Date('2026-12-01T05:25:30Z') } as const;
    expect(await runNotify(event, office)).toEqual({ messages: 0, deliveries: 0 });
  });

  test('says what to look at first, as its alarm does', async () => {
    const AlarmDescription = `${SAYS}\nhttps://example.com\nlook: holdfast list\ntier A, severity page, owner on-call`;
    const office = openOffice();
    await runNotify(told(alarmJson({ AlarmDescription })), office);
    expect(office.emails[0]?.text).toContain('Look first:     holdfast list');
    await runNotify(
      told(alarmJson({ AlarmDescription, NewStateValue: 'INSUFFICIENT_DATA' })),
      office,
    );
    expect(office.emails[1]?.text).toContain('Do:             nobody sees whether data is at risk');
  });
});
