import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeMessage } from '../../../lib/core/paging/alarm-message.ts';
import { emailOf } from '../../../lib/core/paging/email.ts';
import { type Message, plainMessage } from '../../../lib/core/paging/message.ts';
import { pagerDutyEventOf } from '../../../lib/core/paging/pager-duty-event.ts';
import { slackMessageOf } from '../../../lib/core/paging/slack-message.ts';
import { ALARM_STATES } from '../../../lib/core/ports/alarm-states.ts';
import { ALARM, ALARM_ARN, alarmChange, CONFIG, REASON, SAYS } from './samples.ts';

const SUBJECT_LIMIT = 100;
const KEY = '0123456789abcdef0123456789abcdef';

const alarm = changeMessage(alarmChange(), 'page', undefined, CONFIG);
const ticket = changeMessage(alarmChange(), 'ticket', undefined, CONFIG);
const over = changeMessage(alarmChange({ state: 'OK' }), 'page', undefined, CONFIG);
const words = (text: string, subject?: string): Message =>
  plainMessage({ id: 'message-1', subject, text }, 'page', CONFIG);

/** Whatever may stand in a description, and what has a meaning for somebody on the way. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5_000 }),
  fc.string({ unit: fc.constantFrom('&', '<', '>', '|', '*', '`', '\n', '\uD83D', '💥', 'x') }),
  fc.string({ unit: fc.constantFrom('&', '💥'), minLength: 2_900, maxLength: 3_100 }),
);
const messages = fc.oneof(
  fc
    .record({
      // CloudWatch takes no longer one.
      name: texts.map((text) => text.slice(0, 255)),
      description: texts,
      reason: texts,
      state: fc.constantFrom(...ALARM_STATES),
    })
    .map((more) => changeMessage(alarmChange(more), 'page', undefined, CONFIG)),
  fc
    .tuple(texts, fc.option(texts, { nil: undefined }))
    .map(([text, subject]) => words(text, subject)),
);

describe('as e-mail', () => {
  test('an alarm is a page of plain text', () => {
    expect(emailOf(alarm)).toEqual({
      subject: `PAGE orders (prod) BackupMissed: ${SAYS}`,
      text: [
        `PAGE orders (prod) BackupMissed: ${SAYS}`,
        '',
        `Alarm:          ${ALARM}`,
        'Cluster:        orders',
        'Environment:    prod',
        'Severity:       page',
        'Since:          2026-12-01 05:10:00 UTC',
        `Reason:         ${REASON}`,
        '',
        'Runbook: https://example.com/runbook.md#backupmissed',
        `Alarm in the console: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/${ALARM}`,
        '',
        'To acknowledge it (it is paged again every 15 minutes until it is acknowledged or OK):',
        `  holdfast ack ${ALARM}`,
      ].join('\n'),
    });
  });

  test('a person’s words are as they were', () => {
    const text = 'Is anybody there?\n– Größe 5 µm 💥';
    expect(emailOf(words(text, 'a test'))).toEqual({
      subject: 'a test: Is anybody there? ? Gr??e 5 ?m ?',
      text,
    });
  });

  test('a subject is one short line of ASCII, whatever the text', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const { subject, text } = emailOf(message);
        expect(subject).toMatch(/^[\u0020-\u007E]+$/);
        expect(subject.length).toBeLessThan(SUBJECT_LIMIT);
        expect(text).not.toBe('');
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('in Slack', () => {
  test('an alarm has its facts, its links and its command', () => {
    const { text, blocks } = slackMessageOf(alarm);
    expect(text).toBe(`PAGE orders (prod) BackupMissed: ${SAYS}`);
    expect(blocks.map((block) => block.text.text)).toEqual([
      `*PAGE orders (prod) BackupMissed*\n${SAYS}`,
      [
        `*Alarm:* ${ALARM}`,
        '*Cluster:* orders',
        '*Environment:* prod',
        '*Severity:* page',
        '*Since:* 2026-12-01 05:10:00 UTC',
        `*Reason:* ${REASON}`,
      ].join('\n'),
      [
        `<https://example.com/runbook.md#backupmissed|Runbook> | <https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/${ALARM}|Alarm in the console>`,
        `\`holdfast ack ${ALARM}\`: it is paged again every 15 minutes until it is acknowledged or OK`,
      ].join('\n'),
    ]);
  });

  test('nothing alerts a channel by name', () => {
    const { text, blocks } = slackMessageOf(words('<!channel> & <@U123|ada> @here'));
    const expected = '&lt;!channel&gt; &amp; &lt;@U123|ada&gt; @here';
    expect(text).toBe(expected);
    expect(blocks).toEqual([
      { type: 'section', text: { type: 'mrkdwn', text: expected, verbatim: true } },
    ]);
  });

  test('an entity is never cut in half', () => {
    const [block] = slackMessageOf(words('&'.repeat(1_000))).blocks;
    expect(block?.text.text).toMatch(/^(?:&amp;)+…$/);
  });

  test('every text is one that Slack takes', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const { text, blocks } = slackMessageOf(message);
        for (const one of [text, ...blocks.map((block) => block.text.text)]) {
          expect(one.trim()).not.toBe('');
          expect(one.length).toBeLessThanOrEqual(3_000);
          expect(one.isWellFormed()).toBe(true);
          const withoutLinks = one.replaceAll(/<https:[^<>|]+\|[^<>|]+>/g, '');
          expect(withoutLinks).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
        }
        expect(blocks.length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe('for PagerDuty', () => {
  test('an alarm opens a critical alert', () => {
    expect(pagerDutyEventOf(alarm, KEY)).toEqual({
      routing_key: KEY,
      dedup_key: ALARM_ARN,
      event_action: 'trigger',
      client: 'Holdfast',
      payload: {
        summary: `PAGE orders (prod) BackupMissed: ${SAYS}`,
        source: 'orders.prod',
        severity: 'critical',
        timestamp: '2026-12-01T05:10:00.123Z',
        component: 'orders',
        group: 'prod',
        class: 'BackupMissed',
        custom_details: {
          What: SAYS,
          Alarm: ALARM,
          Cluster: 'orders',
          Environment: 'prod',
          Severity: 'page',
          Since: '2026-12-01 05:10:00 UTC',
          Reason: REASON,
          Acknowledge: `holdfast ack ${ALARM}`,
        },
      },
      links: alarm.links.map(({ label, url }) => ({ href: url, text: label })),
    });
  });

  test('a ticket is a warning', () => {
    expect(pagerDutyEventOf(ticket, KEY)).toMatchObject({ payload: { severity: 'warning' } });
  });

  test('an alarm that is OK resolves what it opened', () => {
    expect(pagerDutyEventOf(over, KEY)).toEqual({
      routing_key: KEY,
      dedup_key: ALARM_ARN,
      event_action: 'resolve',
    });
  });

  test('a person’s words open an alert of their own, once however often they are sent', () => {
    expect(pagerDutyEventOf(words('Is anybody there?'), KEY)).toMatchObject({
      dedup_key: 'message-1',
      event_action: 'trigger',
      payload: { summary: 'Is anybody there?', source: 'orders.prod', severity: 'critical' },
    });
  });

  test('an event of the environment as a whole has a source too', () => {
    const change = alarmChange({ name: 'holdfast-prod-PagerFailing' });
    const event = pagerDutyEventOf(changeMessage(change, 'page', undefined, CONFIG), KEY);
    expect(event).toMatchObject({ payload: { source: 'holdfast-prod', group: 'prod' } });
  });

  test('every event is one that PagerDuty takes', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const event = pagerDutyEventOf(message, KEY);
        const json = JSON.stringify(event);
        expect(json.isWellFormed()).toBe(true);
        expect(json).not.toMatch(/\\ud[89a-f]/);
        if (event.event_action === 'resolve') return;
        expect(event.payload.summary).not.toBe('');
        expect(event.payload.summary.length).toBeLessThanOrEqual(1_024);
        expect(json.length).toBeLessThan(512 * 1_024);
      }),
    );
  });
});
