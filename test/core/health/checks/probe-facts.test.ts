import { describe, expect, test } from 'vitest';
import { REACHABLE_CHECKS } from '../../../../lib/core/health/checks/availability.ts';
import { CLOCK_CHECKS } from '../../../../lib/core/health/checks/clock.ts';
import { PROBE_COST_CHECKS } from '../../../../lib/core/health/checks/probe-cost.ts';
import { TRUST_CHECKS } from '../../../../lib/core/health/checks/trust.ts';
import { checkOf } from '../../../support/health-probe.ts';
import { judgedFact, judgedWithout, NOW } from './judged-fact.ts';

const REACHABLE = checkOf(REACHABLE_CHECKS, 'B1');
const CERTIFICATE = checkOf(TRUST_CHECKS, 'B21');
const CLOCK = checkOf(CLOCK_CHECKS, 'D3');
const COST = checkOf(PROBE_COST_CHECKS, 'M3');
const DAY_MS = 86_400_000;
const endingIn = (days: number): { endsAt: Date } => ({
  endsAt: new Date(NOW.getTime() + days * DAY_MS),
});

describe.for([REACHABLE, CERTIFICATE, CLOCK, COST])('$id $name', (check) => {
  test('is blind where nobody reads what it looks at', async () => {
    const result = await judgedWithout(check);
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/nobody reads/);
    expect(result.values).toBeUndefined();
  });

  test('is blind to what it may not see, and failed where there is no answer', async () => {
    expect(await judgedWithout(check, 'AWS-DENIED')).toMatchObject({ standing: 'blind' });
    const failed = await judgedWithout(check, 'PG-TIMEOUT');
    expect(failed).toMatchObject({ standing: 'failed', says: 'PG-TIMEOUT: it cannot be had' });
    expect(failed.values).toBeUndefined();
  });
});

describe('B1 reachable', () => {
  test('is fine when the server answers', async () => {
    const result = await judgedFact(REACHABLE, 'up', { isUp: true, why: '' });
    expect(result).toMatchObject({ standing: 'ok', values: { DatabaseUp: 1 } });
  });

  test('pages when it does not, and says why', async () => {
    const why = 'PG-CONNECT: connection refused';
    const result = await judgedFact(REACHABLE, 'up', { isUp: false, why });
    expect(result).toMatchObject({ standing: 'page', says: why, values: { DatabaseUp: 0 } });
  });
});

describe('B21 certificate', () => {
  test.each([
    [60, 'ok', '60 days left, until 2026-07-31'],
    [30, 'ok', '30 days left, until 2026-07-01'],
    [29, 'warn', '29 days left, until 2026-06-30'],
    [7, 'warn', '7 days left, until 2026-06-08'],
    [6.5, 'page', '6 days left, until 2026-06-08'],
    [-1, 'page', 'it ended on 2026-05-31'],
  ] as const)('of %d days is %s', async (days, standing, says) => {
    expect(await judgedFact(CERTIFICATE, 'certificate', endingIn(days))).toMatchObject({
      standing,
      says,
      values: { CertificateDaysLeft: days },
    });
  });

  test('counts ten years at most', async () => {
    const result = await judgedFact(CERTIFICATE, 'certificate', endingIn(9_999));
    expect(result).toMatchObject({ values: { CertificateDaysLeft: 3_650 } });
  });

  test('is absent where the connection is not encrypted', async () => {
    const result = await judgedFact(CERTIFICATE, 'certificate', undefined);
    expect(result).toMatchObject({ standing: 'absent' });
    expect(result.says).toMatch(/not encrypted/);
    expect(result.values).toBeUndefined();
  });
});

describe('D3 clock', () => {
  test.each([
    [0, 20, 'ok', 0, 'within 20 ms'],
    // All of it could be the way there and back.
    [900, 900, 'ok', 0, 'within 900 ms'],
    [900, 200, 'warn', 0.7, 'at least 700 ms ahead'],
    [-7_000, 200, 'page', 6.8, 'at least 6800 ms behind'],
  ] as const)('%d ms ahead, give or take %d, is %s', async (...row) => {
    const [aheadMs, uncertaintyMs, standing, sec, says] = row;
    expect(await judgedFact(CLOCK, 'clock', { aheadMs, uncertaintyMs })).toMatchObject({
      standing,
      says,
      values: { ClockSkewSec: sec },
    });
  });
});

describe('M3 probe-cost', () => {
  test.each([
    [120, 'ok'],
    [300, 'ok'],
    [301, 'warn'],
    [30_000, 'warn'],
  ] as const)('%d ms of the server is %s: it wakes nobody', async (serverMs, standing) => {
    const result = await judgedFact(COST, 'cost', { serverMs, wallMs: serverMs + 100 });
    expect(result).toMatchObject({ standing, values: { ProbeServerMs: serverMs } });
    expect(result.says).toBe(`${serverMs} ms of the server, ${serverMs + 100} ms in all`);
  });
});
