import { randomUUID } from 'node:crypto';
import type { Fault } from '../support/faults/fault-switch.ts';
import { leftProcesses, MARK } from './leftovers.ts';
import { type CommandEnding, type FaultyRunner, runKilled } from './run-faulty.ts';
import { changedFiles, storeFiles } from './store-state.ts';
import type { Subject } from './subject.ts';

/** What came of one fault. */
export interface Trial {
  readonly fault: Fault;
  /** `survived`, `killed`, `not met`, or the code it failed with. */
  readonly outcome: string;
  /** What should not be. */
  readonly complaints: readonly string[];
  readonly message: string;
}

/** A run that nothing disturbed. */
export interface Undisturbed {
  readonly answer: string;
  readonly endState: string;
  /** How often each call was made. */
  readonly calls: ReadonlyMap<string, number>;
}

/** What is known of a command before a trial. */
export interface Swept {
  readonly undisturbed: Undisturbed;
  /** Remains of failed runs from which the next one came to its end. */
  readonly proven: Set<string>;
}

/** Runs a command without any fault. */
export async function runUndisturbed(subject: Subject, runner: FaultyRunner): Promise<Undisturbed> {
  await subject.reset();
  const { answer, message, tally } = await runner.run(subject.command, subject.place, undefined);
  if (answer === undefined) throw new Error(`${subject.command} fails by itself: ${message}`);
  return { answer, endState: await subject.endState(), calls: tally.calls };
}

/** Runs a command with one fault, looks at what it left, and runs it again without. */
export async function runTrial(
  subject: Subject,
  runner: FaultyRunner,
  { undisturbed, proven }: Swept,
  fault: Fault,
): Promise<Trial> {
  const { command, place } = subject;
  await subject.reset();
  const complaints: string[] = [];
  const before = await storeFiles(place);
  const mark = randomUUID();
  const isKill = fault.effect.startsWith('killed-');
  process.env[MARK] = mark;
  const ending = await (isKill
    ? runKilled(command, place, fault, mark)
    : runner.run(command, place, fault));
  Reflect.deleteProperty(process.env, MARK);
  complaints.push(...endingComplaints(ending, undisturbed));
  complaints.push(...(await runner.leftOpen()).map((path) => `${path} was left open`));
  if (!isKill) complaints.push(...(await leftProcesses(mark, place.target)));
  const between = await storeFiles(place);
  complaints.push(...changedFiles(before, between));
  complaints.push(...(await subject.complaints()));
  if (ending.answer === undefined && !isKill) {
    complaints.push(...(await subject.failureComplaints()));
  }
  const remains = ending.answer === undefined ? await subject.remains() : undefined;
  if (remains === undefined || !proven.has(remains)) {
    if (ending.answer === undefined || subject.isRepeated) {
      complaints.push(...(await rerunComplaints(subject, runner, undisturbed)));
      complaints.push(...changedFiles(between, await storeFiles(place)));
      complaints.push(...(await subject.complaints()));
    }
    const endState = await subject.endState().catch((error: unknown) => {
      return `unreadable: ${String(error).split('\n', 1).join('')}`;
    });
    complaints.push(...otherLines(undisturbed.endState, endState));
    if (remains !== undefined && complaints.length === 0) proven.add(remains);
  }
  return { fault, outcome: outcomeOf(ending), complaints, message: ending.message };
}

async function rerunComplaints(
  subject: Subject,
  runner: FaultyRunner,
  undisturbed: Undisturbed,
): Promise<readonly string[]> {
  await subject.recoup();
  const { answer, code, message } = await runner.run(subject.command, subject.place, undefined);
  // Whether it was done indeed is seen by the end.
  if (code !== undefined && code === subject.doneCode) return [];
  if (answer === undefined) return [`the rerun fails: ${code}: ${message}`];
  return answer === undisturbed.answer ? [] : [`the rerun ${answer}`];
}

function otherLines(expected: string, found: string): readonly string[] {
  const [wanted, got] = [expected, found].map((text) => new Set(text.split('\n')));
  return [
    ...[...(wanted ?? [])]
      .filter((line) => !got?.has(line))
      .map((line) => `lacks in the end: ${line}`),
    ...[...(got ?? [])]
      .filter((line) => !wanted?.has(line))
      .map((line) => `has in the end: ${line}`),
  ];
}

function outcomeOf({ answer, code, tally }: CommandEnding): string {
  if (!tally.isMet) return 'not met';
  return answer === undefined ? (code ?? 'no code') : 'survived';
}

function endingComplaints(
  { answer, code, message, tally }: CommandEnding,
  undisturbed: Undisturbed,
): readonly string[] {
  if (answer !== undefined) {
    return answer === undisturbed.answer ? [] : [`it claims: ${answer}`];
  }
  if (code === 'INTERNAL') return [`fails without a code of its own: ${message}`];
  if (!tally.isMet) return [`fails by itself: ${code}: ${message}`];
  return code === 'HANGS' ? ['does not end'] : [];
}
