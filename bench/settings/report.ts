import { median } from '../figures/sample.ts';

/** One run of pgbench. */
export interface PgbenchRun {
  readonly transactionsPerSec: number;
  readonly walBytesPerTransaction: number;
  /** Of this machine over the minute before it. */
  readonly load: number;
}

/** Two runs, one after the other: with what initdb gives, and with what the formula gives. */
export interface Pair {
  readonly initdb: PgbenchRun;
  readonly formula: PgbenchRun;
}

/** All pairs of one kind of work. */
export interface WorkPairs {
  readonly work: string;
  readonly pairs: readonly Pair[];
}

/** Where and how they ran. */
export interface SettingsBenchSetup {
  readonly cores: number;
  readonly processor: string;
  readonly machineBytes: number;
  readonly formulaBytes: number;
  readonly version: string;
  readonly databaseBytes: number;
  readonly clients: number;
  readonly seconds: number;
  /** Some of what the formula gave. */
  readonly settings: readonly string[];
}

const GIB = 1024 ** 3;

/** Set-up and figures in Markdown, to be pasted into docs/performance.md. */
export function settingsReport(setup: SettingsBenchSetup, works: readonly WorkPairs[]): string {
  const loads = works.flatMap(({ pairs }) =>
    pairs.flatMap(({ initdb, formula }) => [initdb.load, formula.load]),
  );
  const facts = [
    `${setup.cores} cores (${setup.processor}), ${gib(setup.machineBytes)} GiB of memory, of which the formula was told ${gib(setup.formulaBytes)}`,
    `${setup.version}; a database of ${(setup.databaseBytes / 1e9).toFixed(1)} GB; ${setup.clients} clients over the socket`,
    `${works[0]?.pairs.length ?? 0} pairs of ${setup.seconds} s for each kind of work, each pair begun by the other side`,
    `load of the machine over the minute before a run: ${range(loads, 1)}`,
    `the formula gave ${setup.settings.map((setting) => `\`${setting}\``).join(', ')}`,
  ];
  const rows = works.map(({ work, pairs }) => [
    work,
    rates(pairs.map(({ initdb }) => initdb)),
    rates(pairs.map(({ formula }) => formula)),
    ratio(pairs),
    wal(pairs.map(({ initdb }) => initdb)),
    wal(pairs.map(({ formula }) => formula)),
  ]);
  const heading = ['pgbench', 'initdb, tps', 'formula, tps', 'formula ÷ initdb, of each pair'];
  const table = [
    [...heading, 'initdb, WAL of one', 'formula, WAL of one'],
    heading.concat('', '').map(() => '---'),
  ]
    .concat(rows)
    .map((cells) => `| ${cells.join(' | ')} |\n`);
  return `${facts.map((fact) => `- ${fact}\n`).join('')}\n${table.join('')}`;
}

function rates(runs: readonly PgbenchRun[]): string {
  const values = runs.map(({ transactionsPerSec }) => transactionsPerSec);
  return `${middle(values, 0)} (${range(values, 0)})`;
}

function ratio(pairs: readonly Pair[]): string {
  const values = pairs.map(
    ({ initdb, formula }) => formula.transactionsPerSec / initdb.transactionsPerSec,
  );
  return `**${middle(values, 2)}** (${range(values, 2)})`;
}

function wal(runs: readonly PgbenchRun[]): string {
  return `${middle(
    runs.map(({ walBytesPerTransaction }) => walBytesPerTransaction),
    0,
  )} B`;
}

function middle(values: readonly number[], digits: number): string {
  return median(values)?.toFixed(digits) ?? '–';
}

function range(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(0);
}
