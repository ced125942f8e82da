import { describe, expect, test } from 'vitest';
import { usualAt } from '../../../../lib/core/health/runway/usual-rate.ts';

const NOW = new Date('2026-12-08T10:17:00Z');
const point = (at: string, value: number): { at: Date; value: number } => ({
  at: new Date(at),
  value,
});

describe('usualAt', () => {
  test('is the median of the same hour of the days before', () => {
    const points = [
      point('2026-12-08T10:00:00Z', 900),
      point('2026-12-07T10:00:00Z', 10),
      point('2026-12-06T10:00:00Z', 30),
      point('2026-12-05T10:00:00Z', 2_000),
      point('2026-12-07T11:00:00Z', 5_000),
      point('2026-12-07T09:00:00Z', 5_000),
    ];
    expect(usualAt(points, NOW)).toEqual({ value: 30, days: 3, weekAgo: undefined });
  });

  test('knows what was at this hour a week ago, and at no other', () => {
    const days = ['01', '05', '06', '07'].map((day) => point(`2026-12-${day}T10:00:00Z`, 60));
    const [, ...later] = days;
    const weekAgo = point('2026-12-01T10:00:00Z', 7);
    expect(usualAt([weekAgo, ...later], NOW)).toEqual({ value: 60, days: 4, weekAgo: 7 });
    const others = [point('2026-11-30T10:00:00Z', 7), point('2026-12-01T11:00:00Z', 7)];
    expect(usualAt([...others, ...later], NOW)).toMatchObject({ weekAgo: undefined });
  });

  test('is nothing before the third day', () => {
    const points = [point('2026-12-07T10:00:00Z', 10), point('2026-12-06T10:00:00Z', 30)];
    expect(usualAt(points, NOW)).toBeUndefined();
  });
});
