import { type Diagnosis, PART_LABELS } from '../diagnosis/diagnosis-record.ts';
import type { Fact } from './message.ts';
import { cut, oneLine } from './text.ts';

/** Of one line in a chat. */
const FACT_CHARS = 240;

/** A diagnosis as lines of a message; parts that are missing for the same reason share one. */
export function diagnosisFacts({ parts, next, notKept }: Diagnosis): readonly Fact[] {
  const seen = parts
    .filter(({ isMissing }) => !isMissing)
    .map(({ id, says }) => fact(PART_LABELS[id], says));
  const missing = Map.groupBy(
    parts.filter(({ isMissing }) => isMissing),
    ({ says }) => says,
  );
  const unseen = [...missing].map(([why, those]) => {
    const labels = those.map(({ id }) => PART_LABELS[id]).join(', ');
    return fact('Not seen', `${labels}: ${why}`);
  });
  return [
    ...seen,
    ...unseen,
    ...next.map((command) => fact('Run next', command)),
    ...(notKept === undefined ? [] : [fact('Not kept', notKept)]),
  ];
}

function fact(label: string, text: string): Fact {
  return { label, text: cut(oneLine(text), FACT_CHARS) };
}
