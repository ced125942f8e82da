import { type HistoryOutcome, SHORT } from './run-history.ts';

/** Everything needed to understand a mismatch, and to see it again. */
export function describeOutcome({ seed, size, ...outcome }: HistoryOutcome): string {
  const { failure, story, directory } = outcome;
  if (failure === undefined) return `the history of seed ${seed} is as the model says`;
  const text = failure.stack ?? failure.message;
  return [
    '',
    ...story.map((line) => `  ${line}`),
    '',
    text,
    `everything is kept in ${directory}`,
    `again: npm run soak -- --histories 1 --seed ${seed}${size === SHORT ? ' --short' : ''}`,
    '',
  ].join('\n');
}
