import { seededRandom } from '../support/seeded-random.ts';

/** Choices that depend on a seed alone. */
export interface Random {
  /** 0 to `bound` - 1. */
  below(bound: number): number;
  chance(probability: number): boolean;
  /** Fails when there is nothing to pick. */
  pick<T>(items: readonly T[]): T;
  /** Picks by weight; rows that weigh nothing are never picked. */
  weighted<T extends { readonly weight: number }>(rows: readonly T[]): T;
}

/** Streams of different names are independent: asking more of one changes nothing in another. */
export function randomOf(seed: number, stream: string): Random {
  const next = seededRandom(mix(seed, stream));
  // The low bits of the first draws still resemble the seed.
  for (let draw = 0; draw < 8; draw += 1) next();
  const random: Random = {
    below: (bound) => Math.floor(next() * bound),
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[random.below(items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    weighted: (rows) => {
      let left = next() * rows.reduce((sum, { weight }) => sum + weight, 0);
      const heavy = rows.filter(({ weight }) => weight > 0);
      const found = heavy.find(({ weight }) => {
        left -= weight;
        return left < 0;
      });
      return found ?? random.pick(heavy);
    },
  };
  return random;
}

/** Spreads neighbouring seeds far apart. */
function mix(seed: number, stream: string): number {
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b);
  for (const unit of Buffer.from(stream)) state = Math.imul(state ^ unit, 0x0100_0193);
  state ^= state >>> 15;
  state = Math.imul(state, 0xc2b2_ae35);
  return (state ^ (state >>> 13)) >>> 0;
}
