import { startFilledCluster } from '../cluster/filled-cluster.ts';
import type { Target } from '../figures/target.ts';
import { measure } from '../machine/measure.ts';
import { runCommand } from '../tools/command.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import { PG_BASEBACKUP_NAME } from '../tools/pg-basebackup.ts';
import { PGBACKREST_NAME } from '../tools/pgbackrest.ts';
import type { BackupProtection, Tool } from '../tools/tool.ts';
import { drained, startArchiving } from './archiving.ts';
import type { Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;
const TARGETS: readonly Target[] = [
  { against: PGBACKREST_NAME, relation: '≥', limit: 1.2 },
  { against: PG_BASEBACKUP_NAME, relation: '≤', limit: 1.1, inverse: 'the time' },
];

/** A full base backup of a server at rest, until all that it needs is in the repository. */
export const backupRow: Row = async (bench, kind) => {
  const { instance, scratch, scale, signal } = bench;
  await scratch.assertRoom(scale.databaseBytes * 3, 'a database and its backup');
  await using home = await scratch.folder('backup');
  await using cluster = await startFilledCluster(instance, home.path, kind, scale.databaseBytes);
  const bytes = Number(await cluster.sql('SELECT sum(pg_database_size(oid)) FROM pg_database'));
  const work = `full base backup, ${(scale.databaseBytes / GIGABYTE).toFixed(1)} GB`;
  const tools: readonly Tool<BackupProtection>[] = [...bench.tools.full, ...bench.tools.backupOnly];
  const samplesOf = await takeTurns(bench, `${work} (${kind})`, tools, async (tool) => {
    await using folder = await scratch.folder(tool.name);
    const protection = await tool.protect(cluster, folder.path, signal);
    await using _archiving = await startArchiving(cluster, protection);
    await drained(cluster, bench);
    const { seconds, use } = await measure(bench, async () =>
      runCommand(protection.backup, cluster.owner, signal),
    );
    return { value: bytes / MEGABYTE / seconds, ...use };
  });
  return tools.map(({ name }) => ({
    work,
    data: kind,
    contestant: name,
    unit: 'MB/s',
    samples: samplesOf(name),
    targets: name === HOLDFAST_NAME ? TARGETS : [],
  }));
};
