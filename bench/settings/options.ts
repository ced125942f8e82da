import { parseArgs } from 'node:util';

/** What a person asked for. */
export interface SettingsBenchOptions {
  /** Runs of each side for each kind of work. */
  readonly pairs: number;
  /** Of one run. */
  readonly seconds: number;
  /** pgbench's: 100,000 accounts, about 15 MB, each. */
  readonly scale: number;
  /** GiB that the formula is told of. */
  readonly memoryGiB: number;
}

/** Shown for a wrong command line. */
export const USAGE = `npm run bench:settings -- [options]
  --pairs <number>    runs of each side for each kind of work; else 5
  --seconds <number>  of one run; else 60
  --scale <number>    pgbench's, 15 MB each; else 200
  --memory <GiB>      what the formula is told of; else 8`;

const DEFAULTS = { pairs: '5', seconds: '60', scale: '200', memory: '8' } as const;

/**
 * Reads the command line.
 *
 * @throws Error with what is wrong with it.
 */
export function parseOptions(words: readonly string[]): SettingsBenchOptions {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...words],
    options: { pairs: option, seconds: option, scale: option, memory: option },
  });
  const number = (name: keyof typeof DEFAULTS): number => {
    const text = values[name] ?? DEFAULTS[name];
    if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
    throw new Error(`--${name} takes a whole number from 1 to 9999, not ${JSON.stringify(text)}`);
  };
  return {
    pairs: number('pairs'),
    seconds: number('seconds'),
    scale: number('scale'),
    memoryGiB: number('memory'),
  };
}
