import { setTimeout } from 'node:timers/promises';
import { parseLsn } from '../../lib/core/wal/lsn.ts';
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import { ask, recoverAndRemove, type Answer } from './ask.ts';
import { damageArchive } from './damage.ts';
import { startModelServer } from './model-server.ts';
import { ModelMismatch } from './mismatch.ts';
import { observe } from './observe.ts';
import { askAnything } from './questions.ts';
import { type Random, randomOf } from './random.ts';
import { possibleSteps } from './steps.ts';
import { writerOf } from './take-over-steps.ts';
import type { Template } from './template.ts';
import { createWorld, removeWorld, type World } from './world.ts';
import { writeTransaction } from './write.ts';

/** How much of a history. */
export interface HistorySize {
  readonly steps: number;
  /** Questions answered by a plan or a refusal; the last share of them on a damaged archive. */
  readonly questions: number;
  /** How many of the plans are carried out. */
  readonly recoveries: number;
}

/** Enough to meet most kinds of trouble now and then. */
export const FULL: HistorySize = { steps: 30, questions: 40, recoveries: 5 };
/** For a test among many others. */
export const SHORT: HistorySize = { steps: 16, questions: 24, recoveries: 2 };

/** What became of a history. */
export interface HistoryOutcome {
  readonly seed: number;
  readonly size: HistorySize;
  /** `undefined` when everything was as the model says. */
  readonly failure: Error | undefined;
  readonly story: readonly string[];
  /** Where everything lies after a failure. */
  readonly directory: string;
}

const MICROS_PER_MS = 1000n;
const FIRST_TIMELINE = 1;
const DEADLINE_MS = 400_000;
const FIRST_BACKUP_AT = 3;
const EMPTY = { rows: new Map(), prepared: new Map() };

/** Makes the history of `seed`, asks about its past, and compares every answer with the model. */
export async function runHistory(
  seed: number,
  size: HistorySize,
  template: Template,
  count: (what: string) => void,
): Promise<HistoryOutcome> {
  const world = await createWorld(template, count);
  let failure: Error | undefined;
  try {
    await withinDeadline(liveAndAsk(world, seed, size));
  } catch (error) {
    failure = error instanceof Error ? error : toOpsError(error);
  } finally {
    await world[Symbol.asyncDispose]();
  }
  if (failure === undefined) await removeWorld(world);
  return { seed, size, failure, story: world.story, directory: world.directory };
}

async function liveAndAsk(
  world: World & { readonly firstDataDirectory: string },
  seed: number,
  size: HistorySize,
): Promise<void> {
  await begin(world);
  await makeHistory(world, size, randomOf(seed, 'history'));
  const random = randomOf(seed, 'questions');
  const half = {
    questions: Math.ceil(size.questions / 2),
    recoveries: Math.ceil(size.recoveries / 2),
  };
  await askRound(world, half, random);
  await damageArchive(world, await observe(world), random);
  const { questions, recoveries } = size;
  await askRound(
    world,
    { questions: questions - half.questions, recoveries: recoveries - half.recoveries },
    random,
  );
}

/** A history that stands still is a failure like any other. */
async function withinDeadline(work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = setTimeout(DEADLINE_MS, undefined, { signal: over.signal }).then(() => {
    throw new ModelMismatch(`the history did not end within ${DEADLINE_MS / 1000} s`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}

/** The first server, its first table, and its first backup: before that there is nothing to ask for. */
async function begin(world: World & { readonly firstDataDirectory: string }): Promise<void> {
  const dataDirectory = world.firstDataDirectory;
  const server = await startModelServer(world, dataDirectory, {
    timeline: FIRST_TIMELINE,
    state: EMPTY,
  });
  world.writer = server;
  const [row] = await server.sql()<{ lsn: string }[]>`SELECT pg_current_wal_insert_lsn() AS lsn`;
  const beginLsn = parseLsn(row?.lsn ?? '');
  const known = { timeline: FIRST_TIMELINE, parent: undefined, beginLsn, tape: [], dataDirectory };
  world.timelines.set(FIRST_TIMELINE, known);
  await server.startAgent();
}

async function makeHistory(world: World, { steps }: HistorySize, random: Random): Promise<void> {
  for (let done = 0; done < steps; done += 1) {
    const possible = possibleSteps(world, writerOf(world), random);
    // Without a backup nothing can be recovered: few histories go on like that for long.
    const isDue = done === FIRST_BACKUP_AT && random.chance(0.9);
    const backup = isDue
      ? possible.find(({ name, weight }) => name === 'backup' && weight > 0)
      : undefined;
    const step = backup ?? random.weighted(possible);
    await step.run();
    world.count(`step: ${step.name}`);
  }
  // A history that nobody could recover from would test nothing.
  const last = writerOf(world);
  if (last.agent !== undefined && random.chance(0.8)) {
    await writeTransaction(world, last, random);
    await last.archiveAll();
  }
}

async function askRound(
  world: World,
  { questions, recoveries }: Pick<HistorySize, 'questions' | 'recoveries'>,
  random: Random,
): Promise<void> {
  const facts = await observe(world);
  const planned: Answer[] = [];
  for (let index = 0; index < questions; index += 1) {
    const question = askAnything(facts, random, BigInt(Date.now()) * MICROS_PER_MS);
    const answer = await ask(world, facts, question);
    if (answer.plan !== undefined) planned.push(answer);
  }
  for (const answer of planned.slice(0, recoveries)) await recoverAndRemove(world, answer);
}
