import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDataDirectory, signalFile } from '../../test/support/data-directories.ts';
import { type BenchCluster, startBenchCluster } from '../cluster/bench-cluster.ts';
import { replayToEnd } from '../cluster/serve-restored.ts';
import { BACKLOG_SETTINGS, writeBacklog } from '../cluster/write-backlog.ts';
import type { Target } from '../figures/target.ts';
import { measure } from '../machine/measure.ts';
import { giveToServer, makeOwnedFolder } from '../machine/owned-folder.ts';
import { runCommand } from '../tools/command.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import { PGBACKREST_NAME } from '../tools/pgbackrest.ts';
import { parseRecoveryReport } from '../tools/recovery-report.ts';
import type { FullProtection } from '../tools/tool.ts';
import { drained, startArchiving } from './archiving.ts';
import type { Bench, Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;
const BY_COPY = "restore_command='cp …'";
const TARGETS: readonly Target[] = [
  { against: BY_COPY, relation: '≤', limit: 1 },
  { against: PGBACKREST_NAME, relation: '≤', limit: 1 },
];

/** A way to bring the server to the end of the same WAL; gives the seconds that the replay took. */
interface Contestant {
  readonly name: string;
  replay(folder: string): Promise<number>;
}

/** Replay from the archive to its end, the restore of the base before it not counted. */
export const replayRow: Row = async (bench, kind) => {
  const { instance, scratch, scale } = bench;
  await scratch.assertRoom(scale.segments * SEGMENT_BYTES * 6, 'WAL in three archives');
  await using home = await scratch.folder('replay');
  await using cleanup = new AsyncDisposableStack();
  const cluster = cleanup.use(await startBenchCluster(instance, home.path, BACKLOG_SETTINGS));
  const protections = await protectAll(bench, cluster, cleanup);
  const base = join(home.path, 'base');
  await cluster.server.stop();
  await copyDataDirectory(cluster.server.dataDirectory, base);
  await cluster.server.start();
  await writeBacklog(cluster, kind, scale.segments);
  for (const { protection } of protections) {
    await cluster.mark('ready');
    await using _archiving = await startArchiving(cluster, protection);
    await drained(cluster, bench);
  }
  await cluster.mark('ready');
  const wal = await copyWal(cluster, home.path);
  await cluster.server.stop();
  const contestants = [
    ...protections.map(({ name, protection }) => byTool(bench, cluster, name, protection)),
    byCopy(bench, base, wal),
  ];
  const work = `replay ${scale.segments} segments`;
  const samplesOf = await takeTurns(bench, `${work} (${kind})`, contestants, async (contestant) => {
    await using target = await scratch.folder('replayed');
    const { result, use } = await measure(bench, async () => contestant.replay(target.path));
    return { value: result, ...use };
  });
  return contestants.map(({ name }) => ({
    work,
    data: kind,
    contestant: name,
    unit: 's',
    samples: samplesOf(name),
    targets: name === HOLDFAST_NAME ? TARGETS : [],
    note: 'CPU and memory with the restore of a small base',
  }));
};

/** Lets every tool take a base backup of the server as it is now. */
async function protectAll(
  bench: Bench,
  cluster: BenchCluster,
  cleanup: AsyncDisposableStack,
): Promise<readonly { readonly name: string; readonly protection: FullProtection }[]> {
  const protections = [];
  for (const tool of bench.tools.full) {
    const folder = cleanup.use(await bench.scratch.folder(tool.name));
    const protection = await tool.protect(cluster, folder.path, bench.signal);
    await using _archiving = await startArchiving(cluster, protection);
    await runCommand(protection.backup, cluster.owner, bench.signal);
    await drained(cluster, bench);
    protections.push({ name: tool.name, protection });
  }
  return protections;
}

/** Copies the whole segments that wait for archiving, as `cp` in an archive_command would have. */
async function copyWal(cluster: BenchCluster, home: string): Promise<string> {
  const folder = await makeOwnedFolder(join(home, 'wal'));
  const source = join(cluster.server.dataDirectory, 'pg_wal');
  for (const name of await cluster.ready()) {
    await copyFile(join(source, name), join(folder, name));
    await giveToServer(join(folder, name));
  }
  return folder;
}

function byTool(
  bench: Bench,
  { owner }: BenchCluster,
  name: string,
  protection: FullProtection,
): Contestant {
  return {
    name,
    replay: async (folder) => {
      const dataDirectory = await makeOwnedFolder(join(folder, 'data'));
      const stdout = await runCommand(
        protection.restore(dataDirectory, 'latest'),
        owner,
        bench.signal,
      );
      if (protection.restoreReplays) return parseRecoveryReport(stdout).replaySec;
      return replayToEnd(bench, dataDirectory);
    },
  };
}

function byCopy(bench: Bench, base: string, wal: string): Contestant {
  return {
    name: BY_COPY,
    replay: async (folder) => {
      const dataDirectory = join(folder, 'data');
      await copyDataDirectory(base, dataDirectory);
      const settings = `restore_command = 'cp "${wal}/%f" "%p"'\n`;
      await appendFile(join(dataDirectory, 'postgresql.auto.conf'), settings);
      await signalFile(dataDirectory, 'recovery.signal');
      return replayToEnd(bench, dataDirectory);
    },
  };
}
