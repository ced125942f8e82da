import colors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { healthDocument, isFine } from '../../../bin/cli/health/health-document.ts';
import { healthLines } from '../../../bin/cli/health/health-lines.ts';
import type { CheckResult } from '../../../lib/core/health/check-result.ts';
import type { ProbeRun } from '../../../lib/core/health/probe-run.ts';
import { healthReport } from '../../../lib/core/health/report.ts';

const PAINT = colors.createColors(false);

/** A run of two checks, one of which is well. */
function runOf(standing: CheckResult['standing'], isUp = true): ProbeRun {
  const check = { name: 'archiver', tier: 'A', group: 'archiving', says: 'so', tookMs: 1 } as const;
  return {
    at: new Date('2026-12-01T10:00:00Z'),
    isUp,
    why: 'told',
    results: [
      { ...check, id: 'A1', standing },
      { ...check, id: 'A2', standing: 'ok' },
    ],
    cost: { serverMs: 1, wallMs: 1 },
  };
}

describe('what holdfast health makes of a run', () => {
  test.each([
    ['ok', true, true],
    ['warn', true, true],
    ['blind', true, true],
    ['failed', true, false],
    ['page', true, false],
    ['ok', false, false],
  ] as const)('with a check that is %s, of a server that is up: %s, is fine: %s', (...row) => {
    const [standing, isUp, fine] = row;
    const run = runOf(standing, isUp);
    const report = healthReport('orders', run);
    expect(isFine(report, run)).toBe(fine);
    expect(healthDocument(report, run)).toMatchObject({ ok: fine, standing });
    const summary = healthLines(report, fine, PAINT).at(-1);
    expect(summary).toMatch(fine ? /^Nothing pages, and nothing failed: / : /^HEALTH-FAILED /);
  });
});
