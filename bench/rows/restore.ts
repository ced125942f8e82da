import { join } from 'node:path';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { startFilledCluster } from '../cluster/filled-cluster.ts';
import { replayToEnd } from '../cluster/serve-restored.ts';
import type { Entry } from '../figures/report.ts';
import type { Sample } from '../figures/sample.ts';
import type { Target } from '../figures/target.ts';
import { type Measured, measure } from '../machine/measure.ts';
import { makeOwnedFolder } from '../machine/owned-folder.ts';
import { type Command, runCommand } from '../tools/command.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import { PGBACKREST_NAME } from '../tools/pgbackrest.ts';
import { parseRecoveryReport } from '../tools/recovery-report.ts';
import { drained, startArchiving } from './archiving.ts';
import type { Bench, Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;
const TARGETS: readonly Target[] = [{ against: PGBACKREST_NAME, relation: '≥', limit: 1.2 }];

/** A repository with one backup. */
interface Contestant {
  readonly name: string;
  readonly restoreReplays: boolean;
  restore(dataDirectory: string): Command;
}

/**
 * Restore of a base backup, twice told: until all files are in place and flushed, and until a server
 * has replayed to the end of the backup, was promoted and stopped again.
 */
export const restoreRow: Row = async (bench, kind) => {
  const { instance, scratch, scale, signal } = bench;
  await scratch.assertRoom(scale.databaseBytes * 4, 'a database, its backups and a restored copy');
  await using home = await scratch.folder('restore');
  await using cluster = await startFilledCluster(instance, home.path, kind, scale.databaseBytes);
  const bytes = Number(await cluster.sql('SELECT sum(pg_database_size(oid)) FROM pg_database'));
  await using cleanup = new AsyncDisposableStack();
  const contestants: Contestant[] = [];
  for (const tool of bench.tools.full) {
    const folder = cleanup.use(await scratch.folder(tool.name));
    const protection = await tool.protect(cluster, folder.path, signal);
    await using _archiving = await startArchiving(cluster, protection);
    await runCommand(protection.backup, cluster.owner, signal);
    await drained(cluster, bench);
    const restore = (directory: string): Command => protection.restore(directory, 'immediate');
    contestants.push({ name: tool.name, restoreReplays: protection.restoreReplays, restore });
  }
  await cluster.server.stop();
  const size = `${(scale.databaseBytes / GIGABYTE).toFixed(1)} GB`;
  const works = { files: `restore of ${size}, files`, server: `restore of ${size}, to a server` };
  const filesOnly = new Map<string, Sample[]>();
  const samplesOf = await takeTurns(
    bench,
    `${works.server} (${kind})`,
    contestants,
    async (contestant) => {
      const { filesSec, seconds, use } = await restoreOnce(bench, contestant, cluster.owner);
      const files = { value: bytes / MEGABYTE / filesSec };
      filesOnly.set(contestant.name, [...(filesOnly.get(contestant.name) ?? []), files]);
      return { value: bytes / MEGABYTE / seconds, ...use };
    },
  );
  const entry = (work: string, name: string, samples: readonly Sample[]): Entry => {
    const targets = name === HOLDFAST_NAME ? TARGETS : [];
    return { work, data: kind, contestant: name, unit: 'MB/s', samples, targets };
  };
  return [
    ...contestants.map(({ name }) => entry(works.files, name, filesOnly.get(name) ?? [])),
    ...contestants.map(({ name }) => entry(works.server, name, samplesOf(name))),
  ];
};

/** One restore: all of it, and the seconds until the files were in place. */
interface Restored extends Measured<unknown> {
  readonly filesSec: number;
}

/** Restores once; what replays by itself is asked how long that was. */
async function restoreOnce(
  bench: Bench,
  contestant: Contestant,
  owner: FileOwner | undefined,
): Promise<Restored> {
  const { scratch, signal } = bench;
  await using target = await scratch.folder('restored');
  const dataDirectory = await makeOwnedFolder(join(target.path, 'data'));
  const measured = await measure(bench, async () => {
    const startedMs = performance.now();
    const stdout = await runCommand(contestant.restore(dataDirectory), owner, signal);
    const filesSec = (performance.now() - startedMs) / 1_000;
    if (contestant.restoreReplays) return filesSec - parseRecoveryReport(stdout).replaySec;
    await replayToEnd(bench, dataDirectory);
    return filesSec;
  });
  return { ...measured, filesSec: measured.result };
}
