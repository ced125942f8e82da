import type { Sample } from '../figures/sample.ts';
import { planTurns } from '../figures/turns.ts';
import type { Bench } from './row.ts';

/** Lets every contestant run once in each round; gives their samples by name. */
export async function takeTurns<T extends { readonly name: string }>(
  { runs, say, signal }: Pick<Bench, 'runs' | 'say' | 'signal'>,
  work: string,
  contestants: readonly T[],
  run: (contestant: T) => Promise<Sample>,
): Promise<(name: string) => readonly Sample[]> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  for (const [round, turn] of planTurns(contestants, runs).entries()) {
    for (const contestant of turn) {
      signal.throwIfAborted();
      const sample = await run(contestant);
      samples.get(contestant.name)?.push(sample);
      say(`${work}: round ${round + 1}, ${contestant.name}: ${sample.value.toPrecision(4)}`);
    }
  }
  return (name) => samples.get(name) ?? [];
}
