import { describe, expect, test } from 'vitest';
import { DURABILITY_CHECKS } from '../../../../lib/core/health/checks/durability.ts';
import { FREEZING_CHECKS } from '../../../../lib/core/health/checks/freezing.ts';
import { HORIZON_CHECKS } from '../../../../lib/core/health/checks/horizon.ts';
import { checkOf } from '../../../support/health-probe.ts';
import { knownServer } from './known-server.ts';

const KNOWN = knownServer({ settings: new Map([['block_size', '8192']]) });

describe('what gives no answer is blind, never fine', () => {
  test.each(
    [...FREEZING_CHECKS, ...DURABILITY_CHECKS, checkOf(HORIZON_CHECKS, 'A20')].map((check) => ({
      check,
      id: check.id,
    })),
  )('$id without rows, and of another shape', ({ check }) => {
    for (const rows of [[], [{ name: null, age: null }]]) {
      const { standing, values } = check.judge(rows, KNOWN);
      expect({ standing, values }).toEqual({ standing: 'blind', values: undefined });
    }
  });

  test('A19 without the settings that it divides by', () => {
    expect(checkOf(FREEZING_CHECKS, 'A19').query(KNOWN.server)).toMatchObject({
      standing: 'blind',
    });
  });
});

describe('A18 multixacts', () => {
  const judge = (age: number, memberBytes: number): unknown =>
    checkOf(FREEZING_CHECKS, 'A18').judge([{ name: 'app', age, memberBytes }], KNOWN);

  test('takes ids or members, of whichever more is used', () => {
    // 32 pages of 1,636 members are a file; 82,040 of them hold 2^32.
    const file = 262_144;
    expect(judge(0, 82_040 * file)).toMatchObject({
      standing: 'page',
      values: { MultixactPercent: expect.closeTo(100, 1) },
    });
    expect(judge(2 ** 29, file)).toMatchObject({
      standing: 'warn',
      values: { MultixactPercent: 25 },
    });
    expect(judge(1_000, file)).toMatchObject({ standing: 'ok' });
  });

  test.each([
    [0.4, 'ok', 0],
    [0.5, 'ok', 0],
    [0.65, 'warn', 30],
    [0.75, 'page', 50],
  ] as const)('of a share of %d of the members is %s', (share, standing, percent) => {
    // Freezing for their sake is forced only past the half of them.
    const judgement = judge(0, Math.round(82_040 * share) * 262_144);
    expect(judgement).toMatchObject({
      standing,
      values: { MultixactPercent: expect.closeTo(percent, 1) },
    });
  });
});
