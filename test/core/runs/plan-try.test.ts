import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlannedTry, planTry } from '../../../lib/core/runs/plan-try.ts';
import type { CapacityProvider } from '../../../lib/core/ports/task-runner.ts';

/** Every try of a function that is refused each time; each call takes `callMs`. */
function allTries(
  wanted: CapacityProvider,
  hasRoom: boolean,
  { lifetimeMs, callMs, chance }: { lifetimeMs: number; callMs: number; chance: number },
): { readonly tries: readonly PlannedTry[]; readonly leftMs: number } {
  const tries: PlannedTry[] = [];
  let leftMs = lifetimeMs;
  for (;;) {
    const hadNoRoom = !hasRoom && tries.length > 0;
    const next = planTry({ tries: tries.length, wanted, hadNoRoom, leftMs, chance });
    if (next === undefined) return { tries, leftMs };
    tries.push(next);
    leftMs -= next.pauseMs + callMs;
  }
}

const runs = fc.record({
  lifetimeMs: fc.integer({ min: 0, max: 120_000 }),
  callMs: fc.integer({ min: 0, max: 15_000 }),
  chance: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('planTry', () => {
  test('tries four times, and leaves spot capacity at the last', () => {
    const { tries } = allTries('FARGATE_SPOT', false, {
      lifetimeMs: 90_000,
      callMs: 200,
      chance: 1,
    });
    expect(tries).toEqual([
      { pauseMs: 0, provider: 'FARGATE_SPOT' },
      { pauseMs: 4_000, provider: 'FARGATE_SPOT' },
      { pauseMs: 8_000, provider: 'FARGATE_SPOT' },
      { pauseMs: 16_000, provider: 'FARGATE' },
    ]);
  });

  test('leaves spot capacity earlier when no later try fits', () => {
    const { tries } = allTries('FARGATE_SPOT', false, {
      lifetimeMs: 25_000,
      callMs: 200,
      chance: 1,
    });
    expect(tries.map(({ provider }) => provider)).toEqual(['FARGATE_SPOT', 'FARGATE']);
  });

  test('stays on spot capacity while ECS only wants to be asked less often', () => {
    const run = { lifetimeMs: 90_000, callMs: 200, chance: 0.5 };
    const { tries } = allTries('FARGATE_SPOT', true, run);
    expect(tries).toHaveLength(4);
    expect(new Set(tries.map(({ provider }) => provider))).toEqual(new Set(['FARGATE_SPOT']));
  });

  test('begins no try but the first without the time for it, and ends with plain capacity', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const { tries, leftMs } = allTries('FARGATE_SPOT', false, run);
        expect(tries.length).toBeGreaterThanOrEqual(1);
        expect(tries.length).toBeLessThanOrEqual(4);
        const isRepeated = tries.length > 1;
        expect(isRepeated && leftMs < 0).toBe(false);
        expect(tries.at(-1)?.provider).toBe(isRepeated ? 'FARGATE' : 'FARGATE_SPOT');
      }),
    );
  });
});
