import { readdir, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { errorCodeOf } from '../../lib/core/adapters/system/file-error.ts';
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import { RECOVERY_FOLDER } from '../../lib/core/ports/data-directory.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { type Answer, compareDirectory, recoverAndCompare } from './ask.ts';
import { recoverByPlan } from './engine.ts';
import { fillDisk } from './fill-disk.ts';
import { endProcessesIn } from './leftovers.ts';
import { ModelMismatch } from './mismatch.ts';
import { storeWords } from './place-words.ts';
import { targetText } from './question.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const LONGEST_LIFE_MS = 6_000;
const MOST_FREE_BYTES = 24 * 1024 * 1024;

/**
 * Recovers by the plan of `answer` and compares what comes of it, with nothing left of it; now and
 * then after an attempt that was killed, or ran out of space.
 */
export async function carryOut(world: World, answer: Answer, random: Random): Promise<void> {
  const before = random.weighted([
    { weight: 5, attempt: undefined, disk: 'data' },
    { weight: 2, attempt: killOne, disk: 'data' },
    { weight: world.hasSmallDisks ? 2 : 0, attempt: fillOne, disk: 'tight' },
  ] as const);
  const dataDirectory = world.place('recovered', before.disk);
  await before.attempt?.(world, answer, dataDirectory, random);
  if (await isFinished(dataDirectory)) {
    // Killed after its last step: then it is what it had to become, and nobody need run it again.
    const { question, verdict } = answer;
    if (verdict.kind === 'refused') throw new Error('nothing was planned');
    await compareDirectory(world, { question, verdict }, dataDirectory);
    world.count('recovery killed when it was done');
  } else {
    await recoverAndCompare(world, answer, dataDirectory);
  }
  await rm(dataDirectory, { recursive: true, force: true });
}

/** Whether something is there, without the mark of a recovery under way. */
async function isFinished(dataDirectory: string): Promise<boolean> {
  const names = await readdir(dataDirectory).catch((error: unknown): readonly string[] => {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names.length > 0 && !names.includes(RECOVERY_FOLDER);
}

async function killOne(
  world: World,
  { question }: Answer,
  dataDirectory: string,
  random: Random,
): Promise<void> {
  const { target, choices } = question;
  const words = ['recover', ...storeWords(world), '--data-dir', dataDirectory, '--execute'];
  words.push('--to', targetText(target));
  if (choices.exclusive === true) words.push('--exclusive');
  if (choices.timeline !== undefined) words.push('--timeline', String(choices.timeline));
  if (choices.backupId !== undefined) words.push('--backup', choices.backupId);
  const task = execa(NODE, [HOLDFAST, ...words], { cwd: '/', stdin: 'ignore', reject: false });
  await Promise.race([task, delay(random.below(LONGEST_LIFE_MS))]);
  task.kill('SIGKILL');
  const { exitCode } = await task;
  // A server that it had started goes on: whoever runs it again is told to stop that first.
  await endProcessesIn(dataDirectory, 'SIGINT');
  if (exitCode === 0) await rm(dataDirectory, { recursive: true });
  world.count(exitCode === 0 ? 'recovery ended before it was killed' : 'recovery killed');
}

async function fillOne(
  world: World,
  { plan }: Answer,
  dataDirectory: string,
  random: Random,
): Promise<void> {
  if (plan === undefined) return;
  const freeBytes = random.below(MOST_FREE_BYTES);
  await using _full = await fillDisk(world.directory, 'tight', freeBytes);
  const result = await recoverByPlan(world, plan, dataDirectory).catch(toOpsError);
  const { code } = 'code' in result ? result : { code: undefined };
  if (code === undefined) await rm(dataDirectory, { recursive: true });
  else if (code !== 'RESTORE-SPACE') {
    throw new ModelMismatch(`a recovery with ${freeBytes} bytes of space ended with ${code}`);
  }
  world.count(code === undefined ? 'recovery with little space' : 'recovery out of space');
}
