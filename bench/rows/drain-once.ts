import type { BenchCluster } from '../cluster/bench-cluster.ts';
import type { Sample } from '../figures/sample.ts';
import { measure } from '../machine/measure.ts';
import type { Tool } from '../tools/tool.ts';
import { drained, startArchiving } from './archiving.ts';
import type { Bench } from './row.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;
const MEGABYTE = 1_000_000;

/** One drain in MB/s, and the most that any process of the tool held in itself. */
export interface Drain extends Sample {
  readonly highWaterBytes?: number;
}

/**
 * Ships all segments of a server whose archiver is held, in an empty repository, from the start of
 * whatever runs beside the server until PostgreSQL has nothing left to archive.
 */
export async function drainOnce(
  bench: Bench,
  cluster: BenchCluster,
  tool: Tool,
  bystanders?: ReadonlySet<number>,
): Promise<Drain> {
  await using folder = await bench.scratch.folder(tool.name);
  // "holdfast init" sets the archiver going for a moment.
  await cluster.mark('done');
  const protection = await tool.protect(cluster, folder.path, bench.signal);
  await cluster.mark('ready');
  const bytes = (await cluster.ready()).length * SEGMENT_BYTES;
  await using cleanup = new AsyncDisposableStack();
  const work = async (): Promise<void> => {
    cleanup.use(await startArchiving(cluster, protection));
    await drained(cluster, bench);
  };
  const { seconds, use } = await measure(bench, work, bystanders);
  return { value: bytes / MEGABYTE / seconds, ...use };
}
