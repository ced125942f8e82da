import { startFilledCluster } from '../cluster/filled-cluster.ts';
import type { Target } from '../figures/target.ts';
import { measure } from '../machine/measure.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import { startArchiving } from './archiving.ts';
import type { Row } from './row.ts';
import { takeTurns } from './take-turns.ts';

const WITHOUT = 'archive_mode=off';
const CLIENTS = '8';
const TABLES_BYTES = 500_000_000;
const TARGETS: readonly Target[] = [{ against: WITHOUT, relation: '≥', limit: 0.97 }];

/** Transactions per second of pgbench while everything they write is archived, and while nothing is. */
export const loadRow: Row = async (bench, kind) => {
  // pgbench writes its own rows, whatever else is in the database.
  if (kind !== 'pgbench') return [];
  const { instance, scratch, scale, signal, tools } = bench;
  await using home = await scratch.folder('load');
  await using cluster = await startFilledCluster(instance, home.path, kind, TABLES_BYTES);
  const work = `pgbench of ${scale.loadSec} s while archiving`;
  const contestants = [{ name: WITHOUT }, ...tools.full];
  const pgbench = ['-n', '-c', CLIENTS, '-j', '2', '-T', String(scale.loadSec)];
  const samplesOf = await takeTurns(bench, work, contestants, async ({ name }) => {
    const tool = tools.full.find((candidate) => candidate.name === name);
    await cluster.set('archive_mode', tool === undefined ? 'off' : 'on');
    await cluster.server.restart();
    await using cleanup = new AsyncDisposableStack();
    if (tool !== undefined) {
      const folder = cleanup.use(await scratch.folder(tool.name));
      const protection = await tool.protect(cluster, folder.path, signal);
      cleanup.use(await startArchiving(cluster, protection));
    }
    await cluster.sql('CHECKPOINT');
    const { result, use } = await measure(bench, async () =>
      cluster.server.run('pgbench', pgbench, { timeoutMs: (scale.loadSec + 60) * 1_000, signal }),
    );
    return { value: transactionsPerSec(result), ...use };
  });
  return contestants.map(({ name }) => ({
    work,
    data: kind,
    contestant: name,
    unit: 'tps',
    samples: samplesOf(name),
    targets: name === HOLDFAST_NAME ? TARGETS : [],
    note: 'CPU with pgbench itself',
  }));
};

function transactionsPerSec(printed: string): number {
  const tps = /^tps = ([\d.]+)/m.exec(printed)?.[1];
  if (tps === undefined) throw new Error(`pgbench has printed no rate: ${printed}`);
  return Number(tps);
}
