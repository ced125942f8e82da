import type { CheckAbout } from './check.ts';
import type { Judgement } from './judgement.ts';

/** A check of something that no SQL answers, such as a bucket's settings: `F` by its name among facts. */
export interface FactCheck<K> extends CheckAbout {
  readonly from: 'facts';
  readonly fact: string;
  /** Pure. `known` is what its probe knows besides. */
  readonly judge: (fact: unknown, known: K) => Judgement;
}

/** Reads a fact; throws when it cannot be had, by which its checks are blind or failed. */
export type FactSource = (signal: AbortSignal) => Promise<unknown>;

/** Makes checks of the facts `F`, typed by the fact that each looks at. */
export function factCheck<F extends object, K>(): <N extends keyof F & string>(
  check: Omit<FactCheck<K>, 'from' | 'fact' | 'judge'> & {
    readonly fact: N;
    readonly judge: (fact: F[N], known: K) => Judgement;
  },
) => FactCheck<K> {
  return ({ judge, ...about }) => ({
    ...about,
    from: 'facts',
    // The sources are typed by the same F: see runFactChecks.
    judge: (fact, known) => judge(fact as F[typeof about.fact], known),
  });
}
