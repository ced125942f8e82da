import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchCluster } from '../cluster/bench-cluster.ts';
import { copyRandomRows } from '../cluster/fill-database.ts';
import { timeArchiveCommands } from '../cluster/time-archive-commands.ts';
import { LOG_SETTINGS } from '../figures/archive-command-times.ts';
import { measure } from '../machine/measure.ts';
import { drained, startArchiving } from './archiving.ts';
import type { Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const WORK = 'one archive_command, asked at once';
const SEGMENTS = 10;
const PAUSE_MS = 500;
const SEGMENT_BYTES = 16 * 1024 * 1024;

/** How long one command takes on a quiet server whose segment has just become whole: nobody is ahead. */
export const askedAtOnce: Row = async (bench, kind) => {
  // What is written between two pauses are rows that do not compress.
  if (kind !== 'random') return [];
  const { instance, scratch, signal } = bench;
  const tools = bench.tools.full;
  await using home = await scratch.folder('asked-at-once');
  const settings = { archive_command: '', ...LOG_SETTINGS };
  await using cluster = await startBenchCluster(instance, home.path, settings);
  const samplesOf = await takeTurns(bench, WORK, tools, async (tool) => {
    await using folder = await scratch.folder(tool.name);
    const protection = await tool.protect(cluster, folder.path, signal);
    await using _archiving = await startArchiving(cluster, protection);
    await drained(cluster, bench);
    const write = async (): Promise<void> => {
      for (let segment = 0; segment < SEGMENTS; segment += 1) {
        await copyRandomRows(cluster, SEGMENT_BYTES);
        await sleep(PAUSE_MS, undefined, { signal });
      }
      await drained(cluster, bench);
    };
    const { result, use } = await measure(bench, async () => timeArchiveCommands(cluster, write));
    // Leaves the next tool no WAL but its own.
    await cluster.sql('TRUNCATE filler');
    await cluster.sql('CHECKPOINT');
    return { value: result, ...use };
  });
  return tools.map(({ name }) => ({
    work: WORK,
    data: kind,
    contestant: name,
    unit: 'ms',
    samples: samplesOf(name),
  }));
};
