import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowAt } from '../../../../lib/core/host/apply/maintenance-window.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

const windows = fc.record({
  start: fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
  minutes: fc.integer({ min: 10, max: 1_440 }),
});
const moments = fc.date({
  min: new Date('2024-01-01T00:00:00Z'),
  max: new Date('2040-01-01T00:00:00Z'),
  noInvalidDate: true,
});

describe('a maintenance window', () => {
  test.each([
    ['02:00', 60, '2026-12-01T02:00:00Z', true, '2026-12-01T02:00:00Z', '2026-12-01T03:00:00Z'],
    ['02:00', 60, '2026-12-01T02:59:59Z', true, '2026-12-01T02:00:00Z', '2026-12-01T03:00:00Z'],
    ['02:00', 60, '2026-12-01T03:00:00Z', false, '2026-12-02T02:00:00Z', '2026-12-02T03:00:00Z'],
    ['02:00', 60, '2026-12-01T01:59:59Z', false, '2026-12-01T02:00:00Z', '2026-12-01T03:00:00Z'],
    ['23:30', 90, '2026-12-01T00:10:00Z', true, '2026-11-30T23:30:00Z', '2026-12-01T01:00:00Z'],
    ['23:30', 90, '2026-12-31T23:45:00Z', true, '2026-12-31T23:30:00Z', '2027-01-01T01:00:00Z'],
    ['00:00', 1_440, '2026-12-01T23:59:59Z', true, '2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z'],
  ])('from %s for %i minutes, at %s', (start, minutes, now, isOpen, opensAt, closesAt) => {
    expect(windowAt({ start, minutes }, new Date(now))).toEqual({
      isOpen,
      opensAt: new Date(opensAt),
      closesAt: new Date(closesAt),
    });
  });

  test('begins at its time of day, is as long as it says, and is the next one', () => {
    fc.assert(
      fc.property(windows, moments, (window, now) => {
        const { isOpen, opensAt, closesAt } = windowAt(window, now);
        expect(opensAt.toISOString().slice(11)).toBe(`${window.start}:00.000Z`);
        expect(closesAt.getTime() - opensAt.getTime()).toBe(window.minutes * MINUTE_MS);
        expect(isOpen).toBe(opensAt <= now && now < closesAt);
        expect(opensAt.getTime() - now.getTime()).toBeLessThanOrEqual(DAY_MS);
      }),
    );
  });

  test('is open at the moment that it names, and not at the moment before', () => {
    fc.assert(
      fc.property(windows, moments, (window, now) => {
        const { isOpen, opensAt } = windowAt(window, now);
        expect(windowAt(window, opensAt).isOpen).toBe(true);
        if (isOpen || window.minutes === 1_440) return;
        expect(windowAt(window, new Date(opensAt.getTime() - 1)).isOpen).toBe(false);
      }),
    );
  });
});
