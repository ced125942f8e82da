import { expect, test } from 'vitest';
import type { CheckResult } from '../../../lib/core/health/check-result.ts';
import { countStandings, healthReport, worstOf } from '../../../lib/core/health/report.ts';

function result(id: string, standing: CheckResult['standing']): CheckResult {
  return { id, name: 'made-up', tier: 'A', group: 'archiving', standing, says: '', tookMs: 0 };
}

test('a report has the worst first, then by the numbers of the catalogue', () => {
  const results = [
    result('A10', 'ok'),
    result('A2', 'ok'),
    result('C1', 'warn'),
    result('B1', 'blind'),
    result('B7', 'page'),
  ];
  const { checks, standing } = healthReport('orders', { at: new Date(0), results });
  expect(checks.map(({ id }) => id)).toEqual(['B7', 'B1', 'C1', 'A2', 'A10']);
  expect(standing).toBe('page');
});

test('what could not be seen is worse than a warning, and nothing seen is not ok', () => {
  expect(worstOf([result('A1', 'warn'), result('A2', 'blind')])).toBe('blind');
  expect(worstOf([result('A1', 'ok'), result('A2', 'absent')])).toBe('ok');
  expect(worstOf([])).toBe('absent');
});

test('checks are counted by standing', () => {
  const counts = countStandings([result('A1', 'ok'), result('A2', 'ok'), result('A3', 'failed')]);
  expect(counts).toMatchObject({ ok: 2, failed: 1, page: 0 });
});
