import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCluster } from '../cluster/bench-cluster.ts';
import type { Beside, Protection } from '../tools/tool.ts';
import type { Bench } from './row.ts';

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 900_000;
/** What a tool gets to archive what its own work has written last. */
const LAST_WORK_MS = 30_000;

/**
 * Lets the archiver work for a tool; disposing it holds the archiver and ends what ran beside it. Before
 * that the tool may finish: a command whose repository is taken away may wait for a minute, and hold
 * up the next tool.
 */
export async function startArchiving(
  cluster: BenchCluster,
  protection: Protection,
): Promise<Beside> {
  const beside = await protection.startBeside();
  await cluster.set('archive_command', protection.archiveCommand);
  return {
    pids: beside.pids,
    [Symbol.asyncDispose]: async () => {
      await isDrained(cluster, LAST_WORK_MS);
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
  if (await isDrained(cluster, PATIENCE_MS, signal)) return;
  throw new Error('the backlog does not become empty');
}

/** Waits until nothing is left to archive, and tells whether that came within `patienceMs`. */
async function isDrained(
  cluster: BenchCluster,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadlineMs = performance.now() + patienceMs;
  while ((await cluster.ready()).length > 0) {
    if (performance.now() > deadlineMs) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return true;
}
