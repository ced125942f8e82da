import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { planSettings } from '../../lib/core/host/settings/plan-settings.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import { planTurns } from '../figures/turns.ts';
import { makeScratch, type Scratch } from '../machine/scratch.ts';
import type { SettingsBenchOptions } from './options.ts';
import { type Pair, type PgbenchRun, settingsReport, type WorkPairs } from './report.ts';
import { CLIENTS, runPgbench, type Side, type Work } from './side.ts';

/** Who is told, and who may end it. */
export interface SettingsBenchContext {
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

const GIB = 1024 ** 3;
const VOLUME_BYTES = 100 * GIB;
const BYTES_OF_SCALE = 16_000_000;
/** Two copies, their WAL, and what grows. */
const ROOM_FACTOR = 4;
const ROOM_BESIDES = 20e9;
const LONG_MS = 3_600_000;
const WORKS: readonly Work[] = [
  { name: 'TPC-B-like', options: [] },
  { name: 'select-only', options: ['-S'] },
];
/** Of Holdfast's own settings those that a server on a socket has no use for, and no files. */
const NOT_HERE = /^(ssl|listen_addresses$|unix_socket_directories$)/;
const SHOWN = [
  'shared_buffers',
  'work_mem',
  'max_wal_size',
  'checkpoint_timeout',
  'wal_compression',
  'max_connections',
];

/**
 * Measures the formula against what initdb gives. Whatever it makes or starts is gone when it returns
 * or throws.
 *
 * @returns the report in Markdown.
 */
export async function runSettingsBench(
  options: SettingsBenchOptions,
  { signal, say }: SettingsBenchContext,
): Promise<string> {
  const { pairs, seconds, scale, memoryGiB } = options;
  const instance = await findPostgres();
  await using scratch = await makeScratch();
  const databaseBytes = scale * BYTES_OF_SCALE;
  await scratch.assertRoom(ROOM_FACTOR * databaseBytes + ROOM_BESIDES, 'the bench of settings');
  const formulaBytes = memoryGiB * GIB;
  const { settings } = planSettings({
    memoryBytes: formulaBytes,
    cores: availableParallelism(),
    major: instance.major,
    volumeBytes: VOLUME_BYTES,
    pooled: true,
  });
  const given = [...settings].map(([name, { value }]): [string, string] => [name, value]);
  const formula = {
    ...Object.fromEntries(given.filter(([name]) => !NOT_HERE.test(name))),
    // What the archive costs is another row's.
    archive_command: 'true',
  };
  const made = await makeSides(instance, scratch, scale, formula);
  say('databases are made');
  const works: WorkPairs[] = [];
  for (const work of WORKS) {
    const measured: Pair[] = [];
    for (const turn of planTurns(made.sides, pairs)) {
      const runs = new Map<Side['name'], PgbenchRun>();
      for (const side of turn) {
        signal.throwIfAborted();
        const run = await runPgbench(instance, side, work, { seconds, signal });
        runs.set(side.name, run);
        say(
          `${work.name}: ${side.name}: ${run.transactionsPerSec.toFixed(0)} tps, load ${run.load}`,
        );
      }
      measured.push({ initdb: found(runs, 'initdb'), formula: found(runs, 'formula') });
    }
    works.push({ work: work.name, pairs: measured });
  }
  return settingsReport(
    {
      cores: availableParallelism(),
      processor: cpus()[0]?.model ?? 'unknown',
      machineBytes: totalmem(),
      formulaBytes,
      version: made.version,
      databaseBytes: made.databaseBytes,
      clients: CLIENTS,
      seconds,
      settings: SHOWN.map((name) => `${name} = ${settings.get(name)?.value}`),
    },
    works,
  );
}

interface Made {
  readonly sides: readonly Side[];
  readonly version: string;
  readonly databaseBytes: number;
}

/** Both begin with the same files. */
async function makeSides(
  instance: PostgresInstance,
  scratch: Scratch,
  scale: number,
  formula: Readonly<Record<string, string>>,
): Promise<Made> {
  const initdb = await scratch.folder('initdb');
  const about = await fill(instance, initdb.path, scale);
  const other = await scratch.folder('formula');
  await execa('cp', ['-a', join(initdb.path, 'data'), join(other.path, 'data')]);
  await execa('sync');
  return {
    sides: [
      { name: 'initdb', directory: initdb.path, settings: {} },
      { name: 'formula', directory: other.path, settings: formula },
    ],
    ...about,
  };
}

async function fill(
  instance: PostgresInstance,
  directory: string,
  scale: number,
): Promise<Pick<Made, 'version' | 'databaseBytes'>> {
  await using server = await createThrowawayServer(instance, { directory });
  const sql = async (query: string): Promise<string> =>
    (await server.run('psql', ['-XAtq', '-c', query])).trim();
  await server.run('pgbench', ['-i', '-q', '-s', String(scale)], { timeoutMs: LONG_MS });
  return {
    version: `PostgreSQL ${await sql('SHOW server_version')}`,
    databaseBytes: Number(await sql("SELECT pg_database_size('postgres')")),
  };
}

function found(runs: ReadonlyMap<Side['name'], PgbenchRun>, name: Side['name']): PgbenchRun {
  const run = runs.get(name);
  if (run === undefined) throw new Error(`${name} did not run`);
  return run;
}
