import { type Answer, ask, type CheckedRecovery, recoverAndCompare } from './ask.ts';
import { assertRefused, whileAgentRests } from './assert-refused.ts';
import type { Facts } from './facts.ts';
import type { Recovered } from './judge.ts';
import { observe } from './observe.ts';
import { ModelMismatch } from './mismatch.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import { questionText } from './question.ts';
import { askAnything } from './questions.ts';
import type { Random } from './random.ts';
import { stateAtEnd } from './state-at.ts';
import { until } from '../support/until.ts';
import type { World } from './world.ts';
import { tell } from './write.ts';

const MICROS_PER_MS = 1000n;
const MOST_TRIES = 30;

/** The database is recovered to some point, and what came of it is the writer from now on. */
export async function promote(world: World, random: Random): Promise<void> {
  const former = writerOf(world);
  if (random.chance(0.7)) await former.archiveAll();
  const facts = await observe(world);
  const answer = await findRecoverable(world, facts, random);
  if (answer === undefined) {
    tell(world, former, 'no point to recover to was found');
    return;
  }
  const checked = await recoverAndCompare(world, answer);
  if (checked === undefined) return;
  const { dataDirectory, timeline, verdict } = checked;
  const twin = random.chance(0.3) ? await findRecoverable(world, facts, random) : undefined;
  const twinRecovery = twin && (await recoverAndCompare(world, twin));
  const parent = { timeline: verdict.timeline, lsn: verdict.endLsn };
  const known = { timeline, parent, beginLsn: verdict.endLsn, tape: [], dataDirectory };
  world.timelines.set(timeline, known);
  const { state } = verdict;
  await takeOver(world, await startModelServer(world, dataDirectory, { timeline, state }));
  tell(world, former, `timeline ${timeline} begins by ${questionText(answer.question)}`);
  if (twinRecovery !== undefined) await refuseTwin(world, verdict, twinRecovery);
}

/** Something the engine can recover by now; `undefined` when nothing was found. */
async function findRecoverable(
  world: World,
  facts: Facts,
  random: Random,
): Promise<Answer | undefined> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const question = askAnything(facts, random, BigInt(Date.now()) * MICROS_PER_MS);
    const answer = await ask(world, facts, question);
    if (answer.plan !== undefined) return answer;
  }
  return undefined;
}

/** A second recovery began a timeline of the same number: it must not write behind the first. */
async function refuseTwin(
  world: World,
  first: Recovered,
  { dataDirectory, verdict }: CheckedRecovery,
): Promise<void> {
  // From the same point and for the same reason, both have the same history so far.
  if (verdict.endLsn === first.endLsn && verdict.timeline === first.timeline) return;
  await whileAgentRests(writerOf(world), async () =>
    assertRefused(world, dataDirectory, 'WAL-DIVERGED', 'take-over'),
  );
  world.count('twin of a recovery refused');
}

/** A former writer's directory is put back into use, and goes on where it was stopped. */
export async function rollBack(world: World, random: Random): Promise<void> {
  const current = writerOf(world);
  const former = random.pick(world.formerWriters);
  const facts = await observe(world);
  await former.start();
  const { rows, prepared } = stateAtEnd(facts, former.timeline);
  former.rows = rows;
  former.prepared.clear();
  for (const [gid, transaction] of prepared) former.prepared.set(gid, transaction);
  world.formerWriters.splice(world.formerWriters.indexOf(former), 1);
  await takeOver(world, former);
  tell(world, current, `rolled back to timeline ${former.timeline}`);
}

/** `next` archives from now on; the writer before it notices, and is killed. */
export async function takeOver(world: World, next: ModelServer): Promise<void> {
  const former = writerOf(world);
  await next.startAgent('take-over');
  world.writer = next;
  world.formerWriters.push(former);
  if (former.agent !== undefined) {
    await former.sql()`SELECT pg_logical_emit_message(false, 'model', 'late'), pg_switch_wal()`;
    const ended = await former.agent.ended;
    if (ended !== 'WAL-FENCED') {
      throw new ModelMismatch(`the former writer's agent ended with ${ended ?? 'success'}`);
    }
    world.count('former writer fenced');
  }
  former.agent = undefined;
  await former.kill();
  if (next.timeline > 1) {
    const name = `${next.timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
    const key = world.lineage.keys.wal(name);
    await until(`${name} is archived`, async () => (await world.store.head(key)) !== undefined);
  }
}

/** Who archives now. */
export function writerOf({ writer }: World): ModelServer {
  if (writer === undefined) throw new Error('the history has not begun');
  return writer;
}
