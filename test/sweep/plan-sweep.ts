import type { Effect, Fault } from '../support/faults/fault-switch.ts';
import { fileEffects } from '../support/faults/file-faults.ts';
import { programEffects } from '../support/faults/program-faults.ts';
import { sessionEffects } from '../support/faults/session-faults.ts';
import { storeEffects } from '../support/faults/store-faults.ts';

/** How thorough a sweep is. */
export interface SweepSize {
  /** Most calls of one kind that are failed. */
  readonly turns: number;
  /** Most ways in which one call is failed. */
  readonly effects: number;
  /** Whether the process is killed as well. */
  readonly kills: boolean;
  /** Whether programs stall, so that deadlines are waited for. */
  readonly stalls: boolean;
}

/** Every kind of call, in every way. */
export const LONG: SweepSize = { turns: 3, effects: Infinity, kills: true, stalls: true };
/** Every kind of call, in one way. */
export const SHORT: SweepSize = { turns: 1, effects: 1, kills: true, stalls: false };

const KILLS: readonly Effect[] = ['killed-before', 'killed-after'];

/** Faults of the calls that were seen in an undisturbed run, in a random order. */
export function planSweep(
  calls: ReadonlyMap<string, number>,
  { turns, effects, kills, stalls }: SweepSize,
  random: () => number,
): readonly Fault[] {
  const faults = [...calls].flatMap(([call, count]) => {
    const possible = [...effectsOf(call), ...(kills ? KILLS : [])];
    const wanted = possible.filter((effect) => stalls || effect !== 'stalls');
    return chooseTurns(count, turns, random).flatMap((turn) =>
      shuffled(wanted, random)
        .slice(0, effects)
        .map((effect) => ({ call, turn, effect })),
    );
  });
  return shuffled(faults, random);
}

/** The first faults of each layer, as many as are wanted. */
export function sampleOf(
  faults: readonly Fault[],
  wanted: Readonly<Record<string, number>>,
): readonly Fault[] {
  return Object.entries(wanted).flatMap(([layer, count]) =>
    faults.filter(({ call }) => call.startsWith(`${layer} `)).slice(0, count),
  );
}

function effectsOf(call: string): readonly Effect[] {
  if (call.startsWith('store ')) return storeEffects(call);
  if (call.startsWith('session ')) return sessionEffects(call);
  return call.startsWith('file ') ? fileEffects(call) : programEffects(call);
}

/** At most `most` of the numbers from 1 to `count`; the first and the last, where there is room for both. */
function chooseTurns(count: number, most: number, random: () => number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  if (count <= most) return all;
  const between = shuffled(all.slice(1, -1), random);
  return most < 2
    ? shuffled(all, random).slice(0, most)
    : [1, count, ...between.slice(0, most - 2)];
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
