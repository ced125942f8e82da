import { startBenchCluster } from '../cluster/bench-cluster.ts';
import { timeArchiveCommands } from '../cluster/time-archive-commands.ts';
import { BACKLOG_SETTINGS, writeBacklog } from '../cluster/write-backlog.ts';
import { LOG_SETTINGS } from '../figures/archive-command-times.ts';
import type { Target } from '../figures/target.ts';
import { measure } from '../machine/measure.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import { PGBACKREST_NAME } from '../tools/pgbackrest.ts';
import { askedAtOnce } from './asked-at-once.ts';
import { drained } from './archiving.ts';
import type { Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const WORK = 'one archive_command, shipped ahead';
const TARGETS: readonly Target[] = [
  { relation: '≤', limit: 5 },
  { against: PGBACKREST_NAME, relation: '≤', limit: 0.25 },
];

/**
 * How long PostgreSQL's archiver is held up by one command, twice: when the tool has stored the
 * segment before it was asked, and when it is asked as soon as a segment is whole.
 */
export const archiveCommandRow: Row = async (bench, kind) => {
  const { instance, scratch, scale, signal } = bench;
  const tools = bench.tools.full;
  await using home = await scratch.folder('archive-command');
  const settings = { ...BACKLOG_SETTINGS, ...LOG_SETTINGS };
  await using cluster = await startBenchCluster(instance, home.path, settings);
  await writeBacklog(cluster, kind, scale.segments);
  const samplesOf = await takeTurns(bench, `${WORK} (${kind})`, tools, async (tool) => {
    await using folder = await scratch.folder(tool.name);
    // "holdfast init" sets the archiver going for a moment.
    await cluster.mark('done');
    const protection = await tool.protect(cluster, folder.path, signal);
    await cluster.mark('ready');
    await using _beside = await protection.startBeside();
    await protection.shipAhead(await cluster.ready());
    const ask = async (): Promise<void> => {
      await cluster.set('archive_command', protection.archiveCommand);
      await drained(cluster, bench);
    };
    const { result, use } = await measure(bench, async () => timeArchiveCommands(cluster, ask));
    await cluster.set('archive_command', '');
    return { value: result, ...use };
  });
  const ahead = tools.map(({ name }) => ({
    work: WORK,
    data: kind,
    contestant: name,
    unit: 'ms',
    samples: samplesOf(name),
    targets: name === HOLDFAST_NAME ? TARGETS : [],
  }));
  return [...ahead, ...(await askedAtOnce(bench, kind))];
};
