import { SHORT } from './run-history.ts';
import type { HistoryOutcome } from './start-history.ts';

/** Everything needed to understand a mismatch, and to see it again. */
export function describeOutcome(outcome: HistoryOutcome): string {
  const { seed, size, failure, isStopped, story, directory } = outcome;
  if (isStopped) return `the history of seed ${seed} was stopped`;
  if (failure === undefined) return `the history of seed ${seed} is as the model says`;
  const short = size.rounds === SHORT.rounds ? ' --short' : '';
  return [
    '',
    ...story.map((line) => `  ${line}`),
    '',
    failure,
    `everything is kept in ${directory}`,
    `again, as far as timing allows: npm run soak -- --histories 1 --seed ${seed}${short}`,
    '',
  ].join('\n');
}
