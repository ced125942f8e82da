import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import { comparePoint, compareState, wrong } from './ask.ts';
import type { Facts } from './facts.ts';
import { fileName } from './file-name.ts';
import { recoverThere, rollBackThere } from './in-place-engine.ts';
import { predict } from './judge.ts';
import { ModelMismatch } from './mismatch.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import { observe } from './observe.ts';
import { questionText } from './question.ts';
import { askAnything } from './questions.ts';
import type { Random } from './random.ts';
import { stateAtEnd } from './state-at.ts';
import { writerOf } from './take-over-steps.ts';
import type { World } from './world.ts';
import { tell, writeTransaction } from './write.ts';

const MICROS_PER_MS = 1000n;
const MOST_TRIES = 8;
const MOST_LATE_WRITES = 3;

/** The writer dies with WAL that nobody has archived, and is recovered in its own place. */
export async function recoverWriterInPlace(world: World, random: Random): Promise<void> {
  const former = writerOf(world);
  const hadAgent = former.agent !== undefined && random.chance(0.5);
  if (!hadAgent) await former.stopAgent();
  for (let late = random.below(MOST_LATE_WRITES); late > 0; late -= 1) {
    await writeTransaction(world, former, random);
  }
  if (random.chance(0.5)) await former.sql()`SELECT pg_switch_wal()`;
  if (random.chance(0.5)) await writeTransaction(world, former, random);
  await crash(former);
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const facts = withLeftWal(await observe(world), former.timeline);
    const asked = askAnything(facts, random, BigInt(Date.now()) * MICROS_PER_MS);
    // Unless another one is named, the timeline of the old server is followed.
    const timeline = asked.choices.timeline ?? former.timeline;
    const question = { ...asked, choices: { ...asked.choices, timeline } };
    const verdict = predict(facts, question, BigInt(Date.now()) * MICROS_PER_MS);
    const result = await recoverThere(world, former, question).catch(toOpsError);
    world.count('asked in place');
    if (isOpsError(result)) {
      if (verdict.kind === 'recovered' || !verdict.codes.includes(result.code)) {
        throw wrong(question, verdict, result);
      }
      continue;
    }
    if (verdict.kind === 'refused') throw wrong(question, verdict, 'a recovery in place');
    comparePoint(question, verdict, result);
    const { dataDirectory } = former;
    moveTimeline(world, former.timeline, result.setAside);
    const parent = { timeline: verdict.timeline, lsn: verdict.endLsn };
    const known = { timeline: result.timeline, parent, beginLsn: verdict.endLsn, tape: [] };
    world.timelines.set(result.timeline, { ...known, dataDirectory });
    const next = await startModelServer(world, dataDirectory, { ...known, state: verdict.state });
    world.writer = next;
    await former[Symbol.asyncDispose]();
    await compareState(question, verdict, next.sql());
    await next.startAgent();
    await next.archiveAll();
    world.inPlace = { timeline: former.timeline, recovered: next };
    tell(
      world,
      former,
      `recovered in place, timeline ${next.timeline}, by ${questionText(question)}`,
    );
    world.count(`recovered in place: ${question.target.kind}`);
    return;
  }
  await former.start();
  await former.startAgent();
  await former.archiveAll();
  tell(world, former, 'nothing to recover to in place was found');
}

/** What the last recovery in place has set aside is put back. */
export async function rollBackInPlace(world: World): Promise<void> {
  const { inPlace } = world;
  const recovered = writerOf(world);
  if (inPlace?.recovered !== recovered) throw new Error('nothing was recovered in place');
  world.inPlace = undefined;
  const { dataDirectory, timeline } = recovered;
  await recovered.archiveAll();
  await crash(recovered);
  const { rolledBack, timeline: putBack } = await rollBackThere(world, recovered);
  if (rolledBack === undefined || putBack !== inPlace.timeline) {
    throw new ModelMismatch(`a rollback put timeline ${putBack} back, not ${inPlace.timeline}`);
  }
  moveTimeline(world, timeline, rolledBack);
  moveTimeline(world, putBack, dataDirectory);
  await recovered[Symbol.asyncDispose]();
  const state = stateAtEnd(await observe(world), putBack);
  const server = await startModelServer(world, dataDirectory, { timeline: putBack, state });
  world.writer = server;
  await server.startAgent();
  await server.archiveAll();
  tell(world, server, `timeline ${timeline} was rolled back in place`);
}

/** As the machine's end would leave it, and its operator, who made sure that nothing runs. */
async function crash(server: ModelServer): Promise<void> {
  await server.kill();
  await server.stopAgent();
  await rm(join(server.dataDirectory, 'postmaster.pid'), { force: true });
}

/** What was never archived is not lost as long as its server's files are there. */
function withLeftWal(facts: Facts, timeline: number): Facts {
  const known = facts.timelines.get(timeline);
  if (known === undefined) throw new Error(`nobody ever wrote timeline ${timeline}`);
  const size = BigInt(facts.segmentBytes);
  const segments = new Set(facts.segments);
  for (const { startLsn, endLsn } of known.tape) {
    for (let number = startLsn / size; number <= (endLsn - 1n) / size; number += 1n) {
      segments.add(fileName(timeline, number, size));
    }
  }
  return { ...facts, segments };
}

function moveTimeline(world: World, timeline: number, dataDirectory: string): void {
  const known = world.timelines.get(timeline);
  if (known !== undefined) world.timelines.set(timeline, { ...known, dataDirectory });
}
