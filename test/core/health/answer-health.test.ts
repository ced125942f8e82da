import { describe, expect, test } from 'vitest';
import { type AnswerContext, answerHealth } from '../../../lib/core/health/answer-health.ts';
import { answerMemory } from '../../../lib/core/health/answer-memory.ts';
import { assertToken } from '../../../lib/core/health/answer-token.ts';
import { REACHABLE_CHECKS } from '../../../lib/core/health/checks/availability.ts';
import type { Tier } from '../../../lib/core/contract/health-metrics.ts';
import type { HealthResponse } from '../../../lib/core/health/health-request.ts';
import { HealthThresholds } from '../../../lib/core/config/health-thresholds.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { HealthSessions } from '../../../lib/core/ports/health-session.ts';
import { type SecretVersions, Stage } from '../../../lib/core/ports/secret-versions.ts';
import { codeOf } from '../../contract/store-helpers.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';

const CURRENT = 'a-long-random-word';
const PREVIOUS = 'the-word-before';
const DOWN: HealthSessions = {
  open: async () => Promise.reject(new OpsError('PG-CONNECT', 'nothing listens there')),
};

interface Endpoint {
  readonly context: AnswerContext;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly asked: () => number;
}

/** An endpoint of a server that facts tell of; without any it is down. */
function stage(facts?: object, tokens: Readonly<Record<string, string>> = {}): Endpoint {
  const clock = fakeClock();
  const log = recordingLog();
  const { signal } = new AbortController();
  let asked = 0;
  const row = { ...FACTS, ...facts };
  const up: HealthSessions = {
    open: async () => {
      asked += 1;
      return {
        query: async () => ({ rows: [row] }),
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
  const held: Readonly<Record<string, string>> = {
    [Stage.CURRENT]: CURRENT,
    [Stage.PREVIOUS]: PREVIOUS,
    ...tokens,
  };
  const secrets: Pick<SecretVersions, 'read'> = { read: async (_name, one) => held[one.stage] };
  const context: AnswerContext = {
    memory: answerMemory(),
    checks: { sql: [], facts: REACHABLE_CHECKS },
    secret: 'token',
    secrets: secrets as SecretVersions,
    probe: async () => ({
      cluster: { cluster: 'orders', volumeBytes: undefined, isWriter: true, rpoSec: 300 },
      thresholds: HealthThresholds.parse({}),
      sessions: facts === undefined ? DOWN : up,
      certificate: async () => undefined,
      store: async () => Promise.reject(new OpsError('STORE-MISSING', 'no store')),
      clock,
      signal,
    }),
    clock,
    log,
    signal,
  };
  return { context, clock, log, asked: () => asked };
}

const FACTS = {
  version: 180_001,
  inRecovery: false,
  now: new Date(0),
  startedAt: new Date(0),
  user: 'holdfast_monitor',
  settings: {},
  extensions: {},
  functions: [],
  databases: [],
};

/** The same check, of that tier; whatever it looks at, it comes to that. */
const cameTo =
  (tier: Tier, standing: 'blind' | 'failed' | 'warn') =>
  (check: (typeof REACHABLE_CHECKS)[number]): typeof check => ({
    ...check,
    tier,
    // Nobody gets at that one, see below.
    ...(standing === 'failed' && { fact: 'certificate' }),
    judge: () => ({ standing: standing === 'failed' ? 'ok' : standing, says: 'as told' }),
  });

async function get(
  { context }: Endpoint,
  path: string,
  { token = CURRENT, method = 'GET' } = {},
): Promise<HealthResponse> {
  return answerHealth({ path, method, authorization: `Bearer ${token}` }, context);
}

describe('who may ask', () => {
  test.each([CURRENT, PREVIOUS])('is whoever shows %s', async (token) => {
    expect(await get(stage({}), '/live', { token })).toMatchObject({ statusCode: 200 });
  });

  test.each(['', 'a-long-random-wor', 'a-long-random-word2', 'Bearer'])(
    'is nobody with %j, who is told nothing, not even which paths there are',
    async (token) => {
      const at = stage({});
      for (const path of ['/live', '/detailed', '/nowhere']) {
        expect(await get(at, path, { token })).toMatchObject({ statusCode: 401, body: '' });
      }
      expect(at.asked()).toBe(0);
      expect(JSON.stringify(at.log.lines)).not.toContain('a-long');
    },
  );

  test('is nobody without a header', async () => {
    const { context } = stage({});
    const request = { path: '/live', method: 'GET', authorization: undefined };
    expect(await answerHealth(request, context)).toMatchObject({ statusCode: 401 });
    expect(await codeOf((async () => assertToken(undefined, [CURRENT]))())).toBe(
      'HEALTH-UNAUTHORIZED',
    );
  });

  test('is nobody while the secret holds no token: an empty one is none', async () => {
    const at = stage({}, { [Stage.CURRENT]: ' ', [Stage.PREVIOUS]: '' });
    expect(await codeOf(get(at, '/live', { token: '' }))).toBe('SECRET-MALFORMED');
  });
});

describe('what is answered', () => {
  test('to another path is 404, and to another method 405', async () => {
    const at = stage({});
    expect(await get(at, '/nowhere?token=x')).toMatchObject({ statusCode: 404, body: '' });
    expect(await get(at, '/constructor')).toMatchObject({ statusCode: 404 });
    expect(await get(at, '/live', { method: 'POST' })).toMatchObject({
      statusCode: 405,
      headers: { allow: 'GET' },
    });
    expect(at.log.lines.map(({ fields }) => fields['path'])).toEqual([
      'another',
      'another',
      '/live',
    ]);
  });

  test('of a writer is that it is ready', async () => {
    const { statusCode, body } = await get(stage({}), '/ready');
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual({ isReady: true, why: 'it answers' });
  });

  test.each([
    { of: 'a server in recovery', facts: { inRecovery: true }, why: 'in recovery' },
    { of: 'a server that is down', facts: undefined, why: 'PG-CONNECT' },
  ])('of $of is that it is not ready, and why', async ({ facts, why }) => {
    const { statusCode, body } = await get(stage(facts), '/ready');
    expect(statusCode).toBe(503);
    expect(JSON.parse(body)).toEqual({ isReady: false, why });
  });

  test('of a server that pages is 503, with every check in its own words', async () => {
    const at = stage();
    const basic = await get(at, '/basic');
    expect(basic.statusCode).toBe(503);
    expect(JSON.parse(basic.body)).toEqual({ standing: 'page', at: at.clock.now().toISOString() });
    const detailed = await get(at, '/detailed');
    expect(detailed.statusCode).toBe(503);
    expect(JSON.parse(detailed.body)).toMatchObject({
      format: 1,
      cluster: 'orders',
      checks: [{ id: 'B1', standing: 'page', says: 'PG-CONNECT: nothing listens there' }],
    });
  });

  test.each([
    { tier: 'A', standing: 'blind', status: 503 },
    { tier: 'A', standing: 'failed', status: 503 },
    { tier: 'A', standing: 'warn', status: 200 },
    { tier: 'B', standing: 'blind', status: 200 },
    { tier: 'B', standing: 'failed', status: 200 },
  ] as const)(
    'of a server with a check of tier $tier that is $standing is $status',
    async ({ tier, standing, status }) => {
      const at = stage({});
      const checks = { ...at.context.checks, facts: REACHABLE_CHECKS.map(cameTo(tier, standing)) };
      const probe: AnswerContext['probe'] = async () => ({
        ...(await at.context.probe()),
        certificate: async () => Promise.reject(new OpsError('PG-TIMEOUT', 'no answer')),
      });
      const endpoint = { ...at, context: { ...at.context, checks, probe } };
      for (const path of ['/basic', '/detailed']) {
        const { statusCode, body } = await get(endpoint, path);
        expect(JSON.parse(body)).toMatchObject({ standing });
        expect(statusCode).toBe(status);
      }
    },
  );

  test('is kept for 30 seconds, however many ask', async () => {
    const at = stage({});
    await Promise.all([get(at, '/basic'), get(at, '/detailed'), get(at, '/basic')]);
    await at.clock.advance(29_000);
    expect(await get(at, '/basic')).toMatchObject({ statusCode: 200 });
    expect(at.asked()).toBe(1);
    await at.clock.advance(31_000);
    await get(at, '/basic');
    expect(at.asked()).toBe(2);
  });
});
