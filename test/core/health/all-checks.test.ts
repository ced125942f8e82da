import { expect, test } from 'vitest';
import { TIERS } from '../../../lib/core/contract/health-metrics.ts';
import { ABSENT_CHECKS } from '../../../lib/core/health/absent-checks.ts';
import { ALL_CHECKS } from '../../../lib/core/health/all-checks.ts';
import { CAUSE_GROUPS } from '../../../lib/core/health/cause-groups.ts';

/** How many rows each tier of the catalogue has. */
const CATALOGUE = { A: 21, B: 22, C: 18, D: 4, M: 6 } as const;
const FEWEST = 60;
/** Ends the id of a check that tells the same row’s future, by a trend, or compares it with what is usual. */
const RUNWAY = /r$/;

const catalogued = Object.entries(CATALOGUE).flatMap(([tier, rows]) =>
  Array.from({ length: rows }, (_, row) => `${tier}${row + 1}`),
);
const ids = ALL_CHECKS.map(({ id }) => id);

test('every row of the catalogue is a check, or declared absent with the reason', () => {
  const declared = ABSENT_CHECKS.map(({ id }) => id);
  const rows = new Set([...ids, ...declared].map((id) => id.replace(RUNWAY, '')));
  expect([...rows].toSorted()).toEqual(catalogued.toSorted());
  expect(ids.filter((id) => declared.includes(id))).toEqual([]);
  expect(ids.length).toBeGreaterThanOrEqual(FEWEST);
});

test('ids and names are unique', () => {
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  const names = ALL_CHECKS.map(({ name }) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test.each(ALL_CHECKS.map((check) => ({ check, id: check.id })))(
  '$id tells of itself what lists and people need',
  ({ check }) => {
    const { id, name, tier, group, about, needs, look, source } = check;
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(TIERS).toContain(tier);
    expect(id.startsWith(tier)).toBe(true);
    expect(Object.keys(CAUSE_GROUPS)).toContain(group);
    for (const text of [about, needs, look]) expect(text).not.toBe('');
    expect(source).toMatch(
      /^https:\/\/(www\.postgresql\.org|www\.pgbouncer\.org|docs\.aws\.amazon\.com)\//,
    );
    const { everyMinutes = 1, atMinute = 0 } = check;
    expect(atMinute).toBeLessThan(everyMinutes);
  },
);

test('what runs every five minutes is done before a period of five minutes ends', () => {
  const late = ALL_CHECKS.filter(
    ({ everyMinutes, atMinute = 0 }) => everyMinutes === 5 && atMinute > 3,
  );
  expect(late.map(({ id }) => id)).toEqual([]);
});
