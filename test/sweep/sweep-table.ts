import type { Trial } from './trial.ts';

/** One line for each kind of call: what was done to it, and what came of that. */
export function sweepTable(command: string, trials: readonly Trial[]): readonly string[] {
  const calls = Map.groupBy(trials, ({ fault }) => fault.call);
  const lines = [...calls]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([call, of]) => `  ${call}: ${counted(of)}`);
  const complaints = trials.filter((trial) => trial.complaints.length > 0).length;
  return [
    ...lines,
    `${command}: ${trials.length} faults at ${calls.size} kinds of calls, ${complaints} with complaints`,
    `  ${counted(trials)}`,
  ];
}

function counted(trials: readonly Trial[]): string {
  const outcomes = Map.groupBy(trials, ({ outcome }) => outcome);
  return [...outcomes].map(([outcome, { length }]) => `${length} ${outcome}`).join(', ');
}
