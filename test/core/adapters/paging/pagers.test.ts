import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { pagerDutyEvents } from '../../../../lib/core/adapters/paging/pager-duty-events.ts';
import { slackWebhook } from '../../../../lib/core/adapters/paging/slack-webhook.ts';
import { toOpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { PagerDutyEvent } from '../../../../lib/core/paging/pager-duty-event.ts';
import {
  type AnsweringServer,
  fetchFrom,
  startAnsweringServer,
} from '../../../support/answering-server.ts';

const WEBHOOK = 'https://hooks.slack.example/services/T000/B000/a-secret';
const MESSAGE = { text: 'PAGE', blocks: [] };
const EVENT: PagerDutyEvent = {
  routing_key: '0123456789abcdef0123456789abcdef',
  dedup_key: 'arn',
  event_action: 'resolve',
};

let server: AnsweringServer;
beforeAll(async () => {
  server = await startAnsweringServer();
  vi.stubGlobal('fetch', fetchFrom(server.origin));
});
afterEach(() => server.reset());
afterAll(async () => {
  vi.unstubAllGlobals();
  await server[Symbol.asyncDispose]();
});

/** What the call failed with; everything that could get into a log. */
async function failureOf(call: Promise<void>): Promise<{ code: string; said: string }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code, message, hint, details } = toOpsError(error);
  return { code, said: JSON.stringify({ message, hint, details }) };
}

describe('Slack', () => {
  test('is sent JSON at the webhook', async () => {
    await slackWebhook(WEBHOOK, MESSAGE);
    expect(server.seen).toEqual([
      {
        method: 'POST',
        path: '/hooks.slack.example/services/T000/B000/a-secret',
        contentType: 'application/json',
        body: JSON.stringify(MESSAGE),
      },
    ]);
  });

  test.each(['http://hooks.slack.example/services/a-secret', 'a-secret', '', '{"url":"a-secret"}'])(
    'is not sent anything at %j',
    async (webhook) => {
      const { code, said } = await failureOf(slackWebhook(webhook, MESSAGE));
      expect(code).toBe('SECRET-MALFORMED');
      expect(said).not.toContain('a-secret');
      expect(server.seen).toEqual([]);
    },
  );

  test('is believed when it refuses, and not asked again', async () => {
    server.answer({ status: 404, text: 'no_service' });
    const { code, said } = await failureOf(slackWebhook(WEBHOOK, MESSAGE));
    expect(code).toBe('PAGE-FAILED');
    expect(said).toContain('hooks.slack.example answered 404: no_service');
    expect(said).not.toContain('a-secret');
    expect(server.seen).toHaveLength(1);
  });

  test('is not followed elsewhere', async () => {
    server.answer({ status: 302, headers: { location: `${server.origin}/elsewhere` } });
    expect(await failureOf(slackWebhook(WEBHOOK, MESSAGE))).toMatchObject({ code: 'PAGE-FAILED' });
    expect(server.seen.filter(({ path }) => path === '/elsewhere')).toEqual([]);
  });
});

describe('PagerDuty', () => {
  test('is sent the event', async () => {
    server.answer({ status: 202, text: '{"status":"success"}' });
    await pagerDutyEvents(EVENT);
    expect(server.seen).toMatchObject([
      { method: 'POST', path: '/events.pagerduty.com/v2/enqueue', body: JSON.stringify(EVENT) },
    ]);
  });

  test.each([
    { what: 'is busy', status: 429 },
    { what: 'is broken', status: 500 },
    { what: 'is overloaded', status: 503 },
    { what: 'cuts the connection', status: undefined },
  ])('is asked again when it $what', async ({ status }) => {
    server.answer({ status }, { status }, { status: 202 });
    await pagerDutyEvents(EVENT);
    expect(server.seen).toHaveLength(3);
  });

  test('is given up after three requests', async () => {
    server.answer({ status: 503, text: 'later' });
    const { code, said } = await failureOf(pagerDutyEvents(EVENT));
    expect(code).toBe('PAGE-FAILED');
    expect(said).toContain('answered 503: later');
    expect(server.seen).toHaveLength(3);
  });

  test('may repeat the key, which then goes no further', async () => {
    server.answer({ status: 400, text: `{"errors":["${EVENT.routing_key} is invalid"]}` });
    const { said } = await failureOf(pagerDutyEvents(EVENT));
    expect(said).toContain('is invalid');
    expect(said).not.toContain(EVENT.routing_key);
    expect(server.seen).toHaveLength(1);
  });

  test('is not asked any more once the function has to end', async () => {
    const ending = new AbortController();
    server.answer({ status: 503 });
    const call = pagerDutyEvents(EVENT, { signal: ending.signal });
    const reason = new Error('the function ends');
    ending.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(server.seen.length).toBeLessThan(2);
  });
});
