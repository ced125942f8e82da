import { setTimeout as delay } from 'node:timers/promises';
import { startBackupTask } from './backup-task.ts';
import { possibleDisturbances } from './disturbances.ts';
import { allowFallback, forbidFallback } from './fallback.ts';
import { assertKept } from './kept-promises.ts';
import { startLoad } from './load.ts';
import { ModelMismatch } from './mismatch.ts';
import type { ModelServer } from './model-server.ts';
import { observe } from './observe.ts';
import { type Random, randomOf } from './random.ts';
import { readState } from './read-state.ts';
import { differenceOf } from './rows.ts';
import { stateAtEnd } from './state-at.ts';
import { writerOf } from './take-over-steps.ts';
import type { World } from './world.ts';
import { tell, writeTransaction } from './write.ts';

const MOST_CLIENTS = 3;
const MOST_DISTURBANCES = 3;
const LONGEST_PAUSE_MS = 1_500;
const SEEDS = 2 ** 31;

/**
 * Clients write, a backup is taken, and things break, all at the same time. Once all is whole again,
 * the tape says what has happened: nothing that was acknowledged may be missing from it, and the
 * server must hold exactly what it tells.
 */
export async function storm(world: World, random: Random): Promise<void> {
  const server = writerOf(world);
  while (server.rows.size === 0) await writeTransaction(world, server, random);
  if (server.agent === undefined) await server.startAgent();
  await allowFallback(world, server);
  const clients = Array.from({ length: 1 + random.below(MOST_CLIENTS) }, () =>
    randomOf(random.below(SEEDS), 'client'),
  );
  tell(world, server, `${clients.length} clients begin to write`);
  const load = startLoad(world, server, clients);
  try {
    await using backup = random.chance(0.6) ? startBackupTask(world, server) : undefined;
    const isDisturbed = await disturb(world, server, random);
    await pause(random);
    if (random.chance(0.3)) backup?.kill();
    if (random.chance(0.5)) await load.stop();
    await backup?.settle(isDisturbed);
  } finally {
    await load.stop();
  }
  await server.archiveAll();
  await forbidFallback(world, server);
  await server.drained();
  await compareWithTape(world, server, load.acknowledged);
  tell(world, server, `the clients end, ${load.acknowledged.length} commits acknowledged`);
}

async function disturb(world: World, server: ModelServer, random: Random): Promise<boolean> {
  const count = random.below(MOST_DISTURBANCES + 1);
  for (let done = 0; done < count; done += 1) {
    await pause(random);
    world.signal.throwIfAborted();
    const disturbance = random.weighted(possibleDisturbances(world, server, random));
    tell(world, server, `meanwhile: ${disturbance.name}`);
    await disturbance.run();
    world.count(`storm: ${disturbance.name}`);
  }
  return count > 0;
}

async function compareWithTape(
  world: World,
  server: ModelServer,
  acknowledged: Parameters<typeof assertKept>[2],
): Promise<void> {
  const facts = await observe(world);
  assertKept(facts, server.timeline, acknowledged);
  const { rows, prepared } = stateAtEnd(facts, server.timeline);
  const actual = await readState(server.sql());
  const difference = differenceOf(rows, actual.rows);
  if (difference !== undefined) {
    throw new ModelMismatch(`the tape and the server's own rows differ: ${difference}`);
  }
  server.rows = rows;
  server.prepared.clear();
  for (const [gid, transaction] of prepared) server.prepared.set(gid, transaction);
}

async function pause(random: Random): Promise<void> {
  await delay(random.below(LONGEST_PAUSE_MS));
}
