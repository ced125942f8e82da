import { parseArgs } from 'node:util';
import { DATA_KINDS, type DataKind } from './cluster/data-kind.ts';
import { ROW_NAMES, type RowName } from './rows/row.ts';
import { SCALES, type ScaleName } from './scale.ts';

/** What a person asked for. */
export interface BenchOptions {
  readonly rows: readonly RowName[];
  readonly kinds: readonly DataKind[];
  readonly scale: ScaleName;
  /** @default - the scale's own */
  readonly runs: number | undefined;
  /** File to write all figures to. */
  readonly json: string | undefined;
}

/** Shown for a wrong command line. */
export const USAGE = `npm run bench -- [options]
  --only <row>[,<row>]  ${ROW_NAMES.join(', ')}; else all
  --data <kind>         ${DATA_KINDS.join(' or ')}; else both
  --scale <name>        ${Object.keys(SCALES).join(', ')}; else full
  --runs <number>       rounds, 1 to 99; else what the scale says
  --json <file>         write all figures there too`;

const MAX_RUNS = 99;

/**
 * Reads the command line.
 *
 * @throws Error with what is wrong with it.
 */
export function parseOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', multiple: true },
      data: { type: 'string', multiple: true },
      scale: { type: 'string', default: 'full' },
      runs: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return {
    rows: chosen('--only', values.only, ROW_NAMES),
    kinds: chosen('--data', values.data, DATA_KINDS),
    scale: oneOf('--scale', values.scale, Object.keys(SCALES) as ScaleName[]),
    runs: values.runs === undefined ? undefined : countOfRuns(values.runs),
    json: values.json,
  };
}

function chosen<T extends string>(
  option: string,
  texts: readonly string[] | undefined,
  all: readonly T[],
): readonly T[] {
  if (texts === undefined) return all;
  const names = texts.flatMap((text) => text.split(',')).map((text) => oneOf(option, text, all));
  const wanted = new Set(names);
  return all.filter((name) => wanted.has(name));
}

function oneOf<T extends string>(option: string, text: string, all: readonly T[]): T {
  const found = all.find((name) => name === text);
  if (found !== undefined) return found;
  throw new Error(`${option} takes ${all.join(', ')}, not ${JSON.stringify(text)}`);
}

function countOfRuns(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new Error(`--runs takes a whole number from 1 to ${MAX_RUNS}, not ${JSON.stringify(text)}`);
}
