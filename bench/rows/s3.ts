import { startBenchCluster } from '../cluster/bench-cluster.ts';
import { BACKLOG_SETTINGS, writeBacklog } from '../cluster/write-backlog.ts';
import { barmanCloudTool } from '../tools/barman-cloud.ts';
import { holdfastOverS3 } from '../tools/holdfast.ts';
import { startS3Server } from '../tools/s3-server.ts';
import { drainOnce } from './drain-once.ts';
import type { Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

/** The S3 server is slow and keeps everything in memory: enough segments to see who waits for whom. */
const SEGMENTS = 20;

/**
 * A backlog shipped to the same S3 server by this engine and by barman-cloud, which writes to no
 * folder. The server has one core and hashes all it gets, so the speeds are its own as much as theirs.
 */
export const s3Row: Row = async (bench, kind) => {
  const { instance, scratch, tools } = bench;
  if (tools.barmanCloud === undefined) return [];
  await using s3 = await startS3Server();
  await using home = await scratch.folder('s3');
  await using cluster = await startBenchCluster(instance, home.path, BACKLOG_SETTINGS);
  await writeBacklog(cluster, kind, SEGMENTS);
  const work = `drain ${SEGMENTS} segments over S3`;
  const contestants = [holdfastOverS3(s3), barmanCloudTool(tools.barmanCloud, s3)];
  const samplesOf = await takeTurns(bench, `${work} (${kind})`, contestants, async (tool) =>
    drainOnce(bench, cluster, tool, s3.pids),
  );
  return contestants.map(({ name }) => ({
    work,
    data: kind,
    contestant: name,
    unit: 'MB/s',
    samples: samplesOf(name),
    note: 'a test server on the loopback',
  }));
};
