import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { assertAgentRefused, assertRefused, whileAgentRests } from './assert-refused.ts';
import { codeOfStatus } from './code-of-status.ts';
import { fileName } from './file-name.ts';
import { ModelMismatch } from './mismatch.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import { observe } from './observe.ts';
import { placeWords } from './place-words.ts';
import type { Random } from './random.ts';
import { readTape } from './read-tape.ts';
import { stateAtEnd } from './state-at.ts';
import { takeOver, writerOf } from './take-over-steps.ts';
import { copyDirectory } from './template.ts';
import type { Snapshot, World } from './world.ts';
import { tell } from './write.ts';

/** A copy of the data directory, on this very machine, is not the writer: nothing of it is stored. */
export async function refuseClone(world: World, server: ModelServer): Promise<void> {
  const dataDirectory = world.place('clone', 'data');
  await copyDirectory(server.dataDirectory, dataDirectory);
  await whileAgentRests(server, async () => assertRefused(world, dataDirectory, 'WAL-FENCED'));
  await rm(dataDirectory, { recursive: true, force: true });
  tell(world, server, 'a clone tried to archive, and was refused');
}

/**
 * A copy that is made, and tries to archive, while the owner goes on: the agent is refused, and so is
 * a single push of what the owner has archived, or is about to.
 */
export async function refuseRogue(
  world: World,
  server: ModelServer,
  random: Random,
): Promise<void> {
  const dataDirectory = world.place('clone', 'data');
  // Some files go while they are copied.
  await execa('cp', ['-a', server.dataDirectory, dataDirectory], { reject: false });
  const spool = await assertAgentRefused(world, dataDirectory, 'WAL-FENCED');
  const names = await readdir(join(dataDirectory, 'pg_wal'));
  const name = random.pick(names.filter((each) => /^[0-9A-F]{24}$/.test(each)));
  const words = ['wal-push', ...placeWords(world, { dataDirectory, spool }), name];
  const { exitCode } = await execa(NODE, [HOLDFAST, ...words], { cwd: '/', reject: false });
  const code = codeOfStatus(exitCode);
  if (code !== 'WAL-FENCED') {
    throw new ModelMismatch(`a push of ${name} by a clone ended with ${code ?? 'success'}`);
  }
  await rm(dataDirectory, { recursive: true, force: true });
}

/** The volume is copied as it is after a crash. */
export async function takeSnapshot(world: World, server: ModelServer): Promise<void> {
  const { timeline, dataDirectory } = server;
  await server.kill();
  const path = world.place('snapshot', 'data');
  await copyDirectory(dataDirectory, path);
  await server.start();
  world.snapshots.push({ timeline, dataDirectory: path });
  tell(world, server, 'snapshot of the data directory');
}

/**
 * A snapshot is started, and somebody says that it takes over. Where the archive has gone on without
 * it, it is refused; else it goes on, and what was never archived is lost.
 */
export async function putSnapshotBack(world: World, random: Random): Promise<void> {
  const former = writerOf(world);
  const snapshot = random.pick(world.snapshots);
  world.snapshots.splice(world.snapshots.indexOf(snapshot), 1);
  const { timeline, dataDirectory } = snapshot;
  if (await hasGoneOn(world, snapshot)) {
    await whileAgentRests(former, async () =>
      assertRefused(world, dataDirectory, 'WAL-DIVERGED', 'take-over'),
    );
    tell(world, former, `a snapshot of timeline ${timeline} was put back, and refused`);
    world.count('snapshot refused');
    return;
  }
  const known = world.timelines.get(timeline);
  if (known === undefined) throw new Error(`nobody ever wrote timeline ${timeline}`);
  const stale = [former, ...world.formerWriters].filter((one) => one.timeline === timeline);
  world.timelines.set(timeline, { ...known, dataDirectory });
  const state = stateAtEnd(await observe(world), timeline);
  await takeOver(world, await startModelServer(world, dataDirectory, { timeline, state }));
  // What it went on with is another history than theirs.
  if (world.inPlace?.timeline === timeline) world.inPlace = undefined;
  for (const one of stale) world.formerWriters.splice(world.formerWriters.indexOf(one), 1);
  tell(world, former, `a snapshot of timeline ${timeline} was put back, and goes on`);
  world.count('snapshot goes on');
}

/** Whether the archive has a segment that the snapshot would write differently. */
async function hasGoneOn(world: World, { timeline, dataDirectory }: Snapshot): Promise<boolean> {
  const { instance, lineage } = world;
  const { segmentBytes } = lineage.identity;
  const facts = await observe(world);
  const from = facts.timelines.get(timeline)?.beginLsn ?? 0n;
  const source = {
    binDirectory: instance.binDirectory,
    dataDirectory,
    timeline,
    from,
    segmentBytes,
  };
  const end = (await readTape(source)).at(-1)?.endLsn ?? from;
  const next = fileName(timeline, end / BigInt(segmentBytes), BigInt(segmentBytes));
  return [...facts.segments].some((name) => name.slice(0, 8) === next.slice(0, 8) && name >= next);
}
