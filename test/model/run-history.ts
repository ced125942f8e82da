import { setTimeout } from 'node:timers/promises';
import { parseLsn } from '../../lib/core/wal/lsn.ts';
import { ask, type Answer } from './ask.ts';
import { carryOut } from './carry-out.ts';
import { checkStore } from './check-store.ts';
import { damageArchive } from './damage.ts';
import { startModelServer } from './model-server.ts';
import { ModelMismatch } from './mismatch.ts';
import { observe } from './observe.ts';
import { askAnything } from './questions.ts';
import { type Random, randomOf } from './random.ts';
import { possibleSteps } from './steps.ts';
import { writerOf } from './take-over-steps.ts';
import { createWorld, type World, type WorldSource } from './world.ts';
import { writeTransaction } from './write.ts';

/** How much of a history. */
export interface HistorySize {
  /** Each ends in questions, and the last in questions about a damaged archive. */
  readonly rounds: number;
  /** What happens in a round, storms not counted. */
  readonly steps: number;
  /** Questions of a round that are answered by a plan or a refusal. */
  readonly questions: number;
  /** How many of the plans are carried out. */
  readonly recoveries: number;
  /** Whether the store may be in S3. */
  readonly mayUseS3: boolean;
}

/** Enough to meet most kinds of trouble now and then. */
export const FULL: HistorySize = {
  rounds: 3,
  steps: 10,
  questions: 14,
  recoveries: 2,
  mayUseS3: true,
};
/** For a test among many others. */
export const SHORT: HistorySize = {
  rounds: 1,
  steps: 10,
  questions: 12,
  recoveries: 1,
  mayUseS3: false,
};

const MICROS_PER_MS = 1000n;
const FIRST_TIMELINE = 1;
const DEADLINE_MS = 900_000;
const FIRST_BACKUP_AT = 3;
const EMPTY = { rows: new Map(), prepared: new Map() };

/**
 * Makes the history of `seed` in `source`, asks about its past, and compares every answer with the
 * model; throws what is not as the model says. Nothing of it runs any more at the end.
 *
 * @param endMs - after this no further round begins; milliseconds since 1970.
 */
export async function runHistory(
  seed: number,
  size: HistorySize,
  source: WorldSource,
  endMs: number,
): Promise<void> {
  const world = await createWorld(source);
  try {
    await withinDeadline(liveAndAsk(world, seed, size, endMs));
  } finally {
    await world[Symbol.asyncDispose]();
  }
}

async function liveAndAsk(
  world: World & { readonly firstDataDirectory: string },
  seed: number,
  size: HistorySize,
  endMs: number,
): Promise<void> {
  await begin(world);
  const random = randomOf(seed, 'history');
  const questions = randomOf(seed, 'questions');
  for (let round = 0; round < size.rounds; round += 1) {
    if (round > 0 && Date.now() > endMs) break;
    world.count('round');
    await makeHistory(world, size, random);
    await checkStore(world, questions);
    await askRound(world, size, questions);
  }
  await damageArchive(world, await observe(world), questions);
  await askRound(world, size, questions);
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
  const stormAt = random.below(steps - FIRST_BACKUP_AT - 1) + FIRST_BACKUP_AT + 1;
  for (let done = 0; done < steps; done += 1) {
    world.signal.throwIfAborted();
    const possible = possibleSteps(world, writerOf(world), random);
    // Without a backup nothing can be recovered: few histories go on like that for long.
    const isBackupDue = done === FIRST_BACKUP_AT && random.chance(0.9);
    const wanted = isBackupDue ? 'backup' : done === stormAt ? 'storm' : undefined;
    const due = possible.find(({ name, weight }) => name === wanted && weight > 0);
    const step = due ?? random.weighted(possible);
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
    world.signal.throwIfAborted();
    const question = askAnything(facts, random, BigInt(Date.now()) * MICROS_PER_MS);
    const answer = await ask(world, facts, question);
    if (answer.plan !== undefined) planned.push(answer);
  }
  for (const answer of planned.slice(0, recoveries)) await carryOut(world, answer, random);
}
