import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  planNextFiles,
  type ShippingState,
} from '../../../../lib/core/wal/shipping/plan-next-files.ts';
import { segment } from '../../../support/wal-fixture.ts';

function plan(ready: readonly string[], state: Partial<ShippingState> = {}): readonly string[] {
  const nothing = new Set<string>();
  return planNextFiles({
    ready,
    durable: nothing,
    resting: nothing,
    inFlight: nothing,
    parallel: 4,
    ...state,
  });
}

describe('planNextFiles', () => {
  test('starts the oldest segments first, as many as may be in flight', () => {
    const ready = [5, 3, 9, 4, 7, 8].map((number) => segment(number));
    expect(plan(ready)).toEqual([3, 4, 5, 7].map((number) => segment(number)));
    expect(plan(ready, { inFlight: new Set([segment(3), segment(4)]), parallel: 3 })).toEqual([
      segment(5),
    ]);
    expect(plan(ready, { inFlight: new Set([segment(3)]), parallel: 1 })).toEqual([]);
    expect(plan([])).toEqual([]);
  });

  test('leaves out what is durable, in flight or resting', () => {
    const ready = [3, 4, 5, 6].map((number) => segment(number));
    expect(
      plan(ready, {
        durable: new Set([segment(3)]),
        inFlight: new Set([segment(4)]),
        resting: new Set([segment(5)]),
      }),
    ).toEqual([segment(6)]);
  });

  test('ships a history alone and before everything else', () => {
    const ready = [segment(4), '00000002.history', segment(4, 2)];
    expect(plan(ready)).toEqual(['00000002.history']);
    expect(plan(ready, { inFlight: new Set([segment(4)]) })).toEqual([]);
    expect(plan(ready, { inFlight: new Set(['00000002.history']) })).toEqual([]);
    expect(plan(ready, { durable: new Set(['00000002.history']) })).toEqual([
      segment(4),
      segment(4, 2),
    ]);
  });

  test('holds back a timeline and all later ones while its history rests', () => {
    const ready = [
      segment(4),
      '00000002.history',
      `${segment(4, 2)}.partial`,
      segment(4, 2),
      '00000003.history',
      segment(5, 3),
    ];
    expect(plan(ready, { resting: new Set(['00000002.history']) })).toEqual([segment(4)]);
  });

  test('ships several histories oldest first', () => {
    const histories = ['0000000A.history', '00000003.history', '00000002.history'];
    expect(plan(histories)).toEqual(['00000002.history']);
    expect(plan(histories, { durable: new Set(['00000002.history']) })).toEqual([
      '00000003.history',
    ]);
  });

  test('keeps the order of histories in whatever way shipping goes', () => {
    const names = fc.constantFrom(
      ...[1, 2, 3].flatMap((timeline) => [
        ...(timeline === 1 ? [] : [`0000000${timeline}.history`]),
        `${segment(6, timeline)}.partial`,
        `${segment(6, timeline)}.00000028.backup`,
        ...[4, 5, 6].map((number) => segment(number, timeline)),
      ]),
    );
    const steps = fc.array(fc.record({ finish: fc.nat(), fails: fc.boolean() }), {
      minLength: 60,
      maxLength: 60,
    });
    fc.assert(fc.property(fc.uniqueArray(names), fc.integer({ min: 1, max: 5 }), steps, simulate));
  });
});

/** Ships `ready` with failures and in any order of finishing; checks the rules at every step. */
function simulate(
  ready: readonly string[],
  parallel: number,
  steps: readonly { readonly finish: number; readonly fails: boolean }[],
): void {
  const durable = new Set<string>();
  const inFlight = new Set<string>();
  let resting = new Set<string>();
  const isHistory = (name: string): boolean => name.endsWith('.history');
  const timelineOf = (name: string): number => Number.parseInt(name.slice(0, 8), 16);
  const start = (): void => {
    for (const name of plan(ready, { durable, inFlight, resting, parallel })) {
      expect(durable.has(name) || inFlight.has(name) || resting.has(name)).toBe(false);
      inFlight.add(name);
      const before = ready.filter(
        (other) => isHistory(other) && other !== name && timelineOf(other) <= timelineOf(name),
      );
      expect(before.filter((other) => !durable.has(other))).toEqual([]);
    }
    expect(inFlight.size).toBeLessThanOrEqual(parallel);
    expect(inFlight.size === 1 || ![...inFlight].some(isHistory)).toBe(true);
  };
  const settle = (name: string, fails: boolean): void => {
    inFlight.delete(name);
    if (fails) resting.add(name);
    else durable.add(name);
  };
  for (const { finish, fails } of steps) {
    start();
    const name = [...inFlight][finish % Math.max(1, inFlight.size)];
    if (name !== undefined) settle(name, fails);
    else resting = new Set();
  }
  for (let turn = 0; turn < 2 * ready.length; turn += 1) {
    resting = new Set();
    start();
    for (const name of inFlight) settle(name, false);
  }
  expect(durable).toEqual(new Set(ready));
}
