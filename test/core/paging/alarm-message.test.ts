import { describe, expect, test } from 'vitest';
import { changeMessage, repeatMessage } from '../../../lib/core/paging/alarm-message.ts';
import { headlineOf, type Message } from '../../../lib/core/paging/message.ts';
import { ALARM, ALARM_ARN, alarmChange, alarmInAlarm, CONFIG, REASON, SAYS } from './samples.ts';

const factsOf = ({ facts }: Message): Record<string, string> =>
  Object.fromEntries(facts.map(({ label, text }) => [label, text]));

describe('an alarm that goes off', () => {
  const message = changeMessage(alarmChange(), 'page', undefined, CONFIG);

  test('says in one line how urgent it is, where and what', () => {
    expect(headlineOf(message)).toBe(`PAGE orders (prod) BackupMissed: ${SAYS}`);
  });

  test('says what an engineer asks at night', () => {
    expect(factsOf(message)).toEqual({
      Alarm: ALARM,
      Cluster: 'orders',
      Environment: 'prod',
      Severity: 'page',
      Since: '2026-12-01 05:10:00 UTC',
      Reason: REASON,
    });
  });

  test('leads to its section of the runbook and to the console', () => {
    expect(message.links).toEqual([
      { label: 'Runbook', url: 'https://example.com/runbook.md#backupmissed' },
      {
        label: 'Alarm in the console',
        url: `https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/${ALARM}`,
      },
    ]);
  });

  test('says how to acknowledge it', () => {
    expect(message.acknowledge).toEqual({
      command: `holdfast ack ${ALARM}`,
      otherwise: 'it is paged again every 15 minutes until it is acknowledged or OK',
    });
  });

  test('opens an incident under the alarm’s ARN', () => {
    expect(message.incident).toEqual({
      key: ALARM_ARN,
      isOver: false,
      at: new Date('2026-12-01T05:10:00.123Z'),
      environment: 'prod',
      cluster: 'orders',
      kind: 'BackupMissed',
    });
  });

  test('as a ticket is not repeated, so there is nothing to acknowledge', () => {
    const ticket = changeMessage(alarmChange(), 'ticket', undefined, CONFIG);
    expect(headlineOf(ticket)).toBe(`TICKET orders (prod) BackupMissed: ${SAYS}`);
    expect(ticket.acknowledge).toBeUndefined();
  });

  test.each([
    { what: 'of the environment', name: 'holdfast-prod-PagerFailing', head: 'prod PagerFailing' },
    { what: 'of somebody else', name: 'disk is full', head: 'disk is full' },
  ])('$what is told too', ({ name, head }) => {
    const { title } = changeMessage(alarmChange({ name }), 'page', undefined, CONFIG);
    expect(title).toBe(`PAGE ${head}`);
  });

  test('of somebody else has no section and no command', () => {
    const other = changeMessage(alarmChange({ name: 'cpu' }), 'page', undefined, CONFIG);
    expect(other.links[0]?.url).toBe('https://example.com/runbook.md');
    expect(other.acknowledge).toBeUndefined();
  });

  test.each([
    { description: undefined, says: `${ALARM} is in alarm` },
    { description: '  \n ', says: `${ALARM} is in alarm` },
    { description: 'the disk fills.\nRunbook: https://example.com', says: 'the disk fills' },
  ])('says $says for the description $description', ({ description, says }) => {
    expect(changeMessage(alarmChange({ description }), 'page', undefined, CONFIG).text).toBe(says);
  });

  test.each([
    ['arn:aws-cn:cloudwatch:cn-north-1:1:alarm:x', 'https://cn-north-1.console.amazonaws.cn/'],
    [
      'arn:aws-us-gov:cloudwatch:us-gov-west-1:1:alarm:x',
      'https://us-gov-west-1.console.amazonaws-us-gov.com/',
    ],
  ])('%s leads to its partition’s console', (arn, start) => {
    const { links } = changeMessage(alarmChange({ arn }), 'page', undefined, CONFIG);
    expect(links[1]?.url.startsWith(start)).toBe(true);
  });

  test.each([undefined, 'arn:aws:cloudwatch', `arn:elsewhere:cloudwatch:x-1:1:alarm:${ALARM}`])(
    'with the ARN %s leads to no console',
    (arn) => {
      const { links } = changeMessage(alarmChange({ arn }), 'page', undefined, CONFIG);
      expect(links.map(({ label }) => label)).toEqual(['Runbook']);
    },
  );

  test('whose ARN is too long for a key goes by its name', () => {
    const arn = `arn:aws:cloudwatch:eu-central-1:1:alarm:${'x'.repeat(250)}`;
    expect(changeMessage(alarmChange({ arn }), 'page', undefined, CONFIG).incident.key).toBe(ALARM);
  });
});

describe('an alarm that is OK again', () => {
  const ok = alarmChange({ state: 'OK', at: new Date('2026-12-01T07:15:05Z') });

  test('says how long it lasted, and ends the incident', () => {
    const message = changeMessage(ok, 'page', new Date('2026-12-01T05:10:00Z'), CONFIG);
    expect(headlineOf(message)).toBe(
      `OK orders (prod) BackupMissed: recovered after 2 h 5 min; it was: ${SAYS}`,
    );
    expect(factsOf(message)).toMatchObject({
      Recovered: '2026-12-01 07:15:05 UTC',
      Lasted: '2 h 5 min, since 2026-12-01 05:10:00 UTC',
    });
    expect(message.incident).toMatchObject({ key: ALARM_ARN, isOver: true });
    expect(message.acknowledge).toBeUndefined();
  });

  test('says why that is not known', () => {
    const message = changeMessage(ok, 'page', { unknown: 'AWS-DENIED: no right' }, CONFIG);
    expect(message.text).toBe(`recovered; it was: ${SAYS}`);
    expect(factsOf(message)['Lasted']).toBe('not known: AWS-DENIED: no right');
  });

  test('and was never in ALARM lasted for no time', () => {
    const message = changeMessage(ok, 'page', undefined, CONFIG);
    expect(factsOf(message)['Lasted']).toBeUndefined();
  });
});

test('an alarm that lacks data says so, and ends no incident', () => {
  const message = changeMessage(
    alarmChange({ state: 'INSUFFICIENT_DATA' }),
    'page',
    undefined,
    CONFIG,
  );
  expect(headlineOf(message)).toBe(
    `NO DATA orders (prod) BackupMissed: there is too little data to tell whether ${SAYS}`,
  );
  expect(message.incident.isOver).toBe(false);
  expect(message.acknowledge).toBeUndefined();
});

test('a repetition says for how long, and belongs to the same incident', () => {
  const now = new Date('2026-12-01T05:40:00Z');
  const notes = [{ label: 'Acknowledged', text: 'cannot be read' }];
  const message = repeatMessage(alarmInAlarm(), now, notes, CONFIG);
  expect(headlineOf(message)).toBe(`PAGE AGAIN orders (prod) BackupMissed: ${SAYS}`);
  expect(factsOf(message)).toMatchObject({
    Since: '2026-12-01 05:10:00 UTC, for 30 min 0 s',
    Acknowledged: 'cannot be read',
    Reason: REASON,
  });
  expect(message.acknowledge?.command).toBe(`holdfast ack ${ALARM}`);
  expect(message.incident).toMatchObject({ key: ALARM_ARN, isOver: false });
});
