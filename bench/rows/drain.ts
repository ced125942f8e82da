import { startBenchCluster } from '../cluster/bench-cluster.ts';
import { BACKLOG_SETTINGS, writeBacklog } from '../cluster/write-backlog.ts';
import type { Sample } from '../figures/sample.ts';
import type { Target } from '../figures/target.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import { PGBACKREST_NAME } from '../tools/pgbackrest.ts';
import { drainOnce } from './drain-once.ts';
import type { Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;
const MEGABYTE = 1_000_000;
const SPEED: readonly Target[] = [{ against: PGBACKREST_NAME, relation: '≥', limit: 1.2 }];
const MEMORY: readonly Target[] = [{ relation: '≤', limit: 300 }];

/** A backlog of ready segments, and what this engine's agent holds at most while it ships them. */
export const drainRow: Row = async (bench, kind) => {
  const { instance, scratch, scale, tools } = bench;
  await scratch.assertRoom(scale.segments * SEGMENT_BYTES * 3, 'a backlog and its archive');
  await using home = await scratch.folder('drain');
  await using cluster = await startBenchCluster(instance, home.path, BACKLOG_SETTINGS);
  await writeBacklog(cluster, kind, scale.segments);
  const work = `drain ${scale.segments} segments`;
  const agentMemory: Sample[] = [];
  const samplesOf = await takeTurns(bench, `${work} (${kind})`, tools.full, async (tool) => {
    const drain = await drainOnce(bench, cluster, tool);
    if (tool.name === HOLDFAST_NAME && drain.highWaterBytes !== undefined) {
      agentMemory.push({ value: drain.highWaterBytes / MEGABYTE });
    }
    return drain;
  });
  const speeds = tools.full.map(({ name }) => ({
    work,
    data: kind,
    contestant: name,
    unit: 'MB/s',
    samples: samplesOf(name),
    targets: name === HOLDFAST_NAME ? SPEED : [],
  }));
  const memory = {
    work: 'memory of the agent meanwhile',
    data: kind,
    contestant: HOLDFAST_NAME,
    unit: 'MB',
    samples: agentMemory,
    targets: MEMORY,
  };
  return [...speeds, memory];
};
