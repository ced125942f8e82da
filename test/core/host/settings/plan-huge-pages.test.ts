import { describe, expect, test } from 'vitest';
import { GIB, MIB } from '../../../../lib/core/host/settings/amount.ts';
import { planHugePages } from '../../../../lib/core/host/settings/plan-huge-pages.ts';

const facts = { neededPages: 2_200, pageBytes: 2 * MIB, memoryBytes: 16 * GIB };

describe('huge pages', () => {
  test('are as many as PostgreSQL needs', () => {
    expect(planHugePages(facts)).toBe(2_200);
  });

  test.each([
    ['the system has none', { neededPages: -1 }],
    ['the question was not answered', { neededPages: Number.NaN }],
    ['they would leave the others too little', { neededPages: 7_000 }],
  ])('are not reserved when %s', (_, other) => {
    expect(planHugePages({ ...facts, ...other })).toBe(0);
  });
});
