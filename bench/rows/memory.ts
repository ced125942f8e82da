import { join } from 'node:path';
import { createFiles } from '../cluster/create-files.ts';
import { startFilledCluster } from '../cluster/filled-cluster.ts';
import type { Entry } from '../figures/report.ts';
import type { Target } from '../figures/target.ts';
import { measure } from '../machine/measure.ts';
import { makeOwnedFolder } from '../machine/owned-folder.ts';
import { type Command, runCommand } from '../tools/command.ts';
import { HOLDFAST_NAME, holdfastTool } from '../tools/holdfast.ts';
import { drained, startArchiving } from './archiving.ts';
import type { Row } from './row.ts';

const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;
const LIMIT: Target = { relation: '≤', limit: 300 };
/** The same, but for what a garbage collector leaves to chance. */
const SAME = 1.2;

/**
 * The most that this engine's own backup and restore ever hold, over databases of several sizes and
 * numbers of files, the first of which the others are compared with. The most is the most: once each.
 */
export const memoryRow: Row = async (bench, kind) => {
  // Frames that do not get smaller are the largest.
  if (kind !== 'random') return [];
  const { instance, scratch, scale, signal } = bench;
  const entries: Entry[] = [];
  for (const { bytes, files } of scale.memory) {
    await scratch.assertRoom(
      bytes * 3 + files * 10_000,
      'a database, its backup and a restored copy',
    );
    await using home = await scratch.folder('memory');
    await using cluster = await startFilledCluster(instance, home.path, kind, bytes);
    await createFiles(cluster, files);
    const protection = await holdfastTool.protect(cluster, home.path, signal);
    await using archiving = await startArchiving(cluster, protection);
    await drained(cluster, bench);
    const dataDirectory = await makeOwnedFolder(join(home.path, 'restored'));
    const size = `${(bytes / GIGABYTE).toFixed(1)} GB in ${files.toLocaleString('en')} files`;
    const watch = async (what: string, command: Command): Promise<void> => {
      const work = async (): Promise<string> => runCommand(command, cluster.owner, signal);
      const { use } = await measure(bench, work, archiving.pids);
      if (use === undefined) return;
      const title = `memory of a ${what}`;
      const value = use.highWaterBytes / MEGABYTE;
      bench.say(`${title}, ${size}: ${value.toFixed(0)} MB`);
      const first = entries.find((entry) => entry.work === title)?.contestant;
      const same: readonly Target[] =
        first === undefined ? [] : [{ against: first, relation: '≤', limit: SAME }];
      const entry = { work: title, data: kind, contestant: `${HOLDFAST_NAME}, ${size}` };
      entries.push({
        ...entry,
        unit: 'MB',
        samples: [{ ...use, value }],
        targets: [LIMIT, ...same],
      });
    };
    await watch('backup', protection.backup);
    await watch('restore', protection.restore(dataDirectory, 'immediate'));
  }
  return entries;
};
