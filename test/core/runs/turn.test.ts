import { describe, expect, test } from 'vitest';
import { turnAt } from '../../../lib/core/runs/turn.ts';

const AT = new Date('2026-12-01T01:00:00.000Z');

function later(sec: number): Date {
  return new Date(AT.getTime() + sec * 1_000);
}

describe('turnAt', () => {
  test('is its own for the invocation that began, however late it is repeated', () => {
    expect(turnAt({ by: 'a', at: AT }, 'a', later(0))).toBe('own');
    expect(turnAt({ by: 'a', at: AT }, 'a', later(10_000))).toBe('own');
  });

  test('is busy for others as long as a function can live, and left then', () => {
    expect(turnAt({ by: 'a', at: AT }, 'b', later(89.9))).toBe('busy');
    expect(turnAt({ by: 'a', at: AT }, 'b', later(90))).toBe('left');
  });

  test('is busy when the other clock is ahead', () => {
    expect(turnAt({ by: 'a', at: AT }, 'b', later(-5))).toBe('busy');
  });
});
