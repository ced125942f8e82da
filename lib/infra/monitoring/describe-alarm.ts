import { SynthError } from '../synth-error.ts';
import type { AlarmWords } from './alarm-row.ts';

/** CloudWatch takes no more. */
const MAX_CHARACTERS = 1_024;

/**
 * Four lines, read by people and by the notifier: what has happened, where to read on, how to look first, whose
 * it is.
 *
 * @throws {@link SynthError} `MONITOR-WORDS` for more than CloudWatch takes.
 */
export function describeAlarm(words: AlarmWords, runbookUrl: string): string {
  const { id, says, look, tier, severity, owner = 'on-call' } = words;
  const description = [
    says,
    `${runbookUrl}#${id.toLowerCase()}`,
    `look: ${look}`,
    `tier ${tier}, severity ${severity}, owner ${owner}`,
  ].join('\n');
  if (description.length <= MAX_CHARACTERS) return description;
  throw new SynthError(
    undefined,
    'MONITOR-WORDS',
    `the description of ${id} has ${description.length} characters, ${MAX_CHARACTERS} are allowed`,
    'shorten what it says, or the URL of the runbook',
  );
}
