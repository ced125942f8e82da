import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCluster } from '../cluster/bench-cluster.ts';
import type { Beside, Protection } from '../tools/tool.ts';
import type { Bench } from './row.ts';

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 900_000;

/** Lets the archiver work for a tool; disposing it holds the archiver and ends what ran beside it. */
export async function startArchiving(
  cluster: BenchCluster,
  protection: Protection,
): Promise<Beside> {
  const beside = await protection.startBeside();
  await cluster.set('archive_command', protection.archiveCommand);
  return {
    pids: beside.pids,
    [Symbol.asyncDispose]: async () => {
      await cluster.set('archive_command', '');
      await beside[Symbol.asyncDispose]();
    },
  };
}

/** Waits until PostgreSQL has nothing left to archive. */
export async function drained(
  cluster: BenchCluster,
  { signal }: Pick<Bench, 'signal'>,
): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while ((await cluster.ready()).length > 0) {
    if (performance.now() > deadlineMs) throw new Error('the backlog does not become empty');
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
