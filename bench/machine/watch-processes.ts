import { readdirSync, readFileSync } from 'node:fs';
import { accountTicks, type CpuTicks, orphanedTicks, SERVER } from './cpu-account.ts';
import {
  parseHighWaterBytes,
  parseProcessStat,
  parseProportionalBytes,
  type ProcessStat,
} from './process-stat.ts';

/** What the processes of one run have used. */
export interface ProcessUse {
  readonly cpuSec: number;
  readonly serverCpuSec: number;
  /** Highest sum over the tool's processes at one moment, what they share counted once. */
  readonly peakBytes: number;
  /** The same of each process's own highest: at least what any look could have seen. */
  readonly highWaterBytes: number;
}

/** In the environment of everything that this program starts, and so of whatever that starts. */
const MARK = 'HOLDFAST_BENCH';
/** USER_HZ, which is 100 on every architecture that PostgreSQL runs on. */
const TICKS_PER_SEC = 100;
const LOOK_EVERY_MS = 100;
const IS_LINUX = process.platform === 'linux';

/** Lets every process that is started from now on be known as one of this program's. */
export function markProcesses(): void {
  process.env[MARK] = String(process.pid);
}

/** Looks at processes until it is disposed. */
export interface ProcessWatch extends Disposable {
  /** What they have used since the watch began; `undefined` where there is no `/proc`. */
  use(): ProcessUse | undefined;
}

/**
 * Watches all processes that this program has started, and theirs, however they were detached.
 *
 * @param bystanders - process ids that are no part of the tool, a store's server for one.
 */
export function watchProcesses(bystanders: ReadonlySet<number> = new Set()): ProcessWatch {
  if (!IS_LINUX) return { use: () => undefined, [Symbol.dispose]: () => undefined };
  const lookAround = (): readonly ProcessStat[] => look().filter(({ pid }) => !bystanders.has(pid));
  let seen = lookAround();
  const began = accountTicks(seen, process.pid);
  let lost: CpuTicks = { tool: 0, server: 0 };
  let peakBytes = 0;
  let highWaterBytes = 0;
  const tick = (): void => {
    const now = lookAround();
    const orphaned = orphanedTicks(seen, now);
    lost = { tool: lost.tool + orphaned.tool, server: lost.server + orphaned.server };
    seen = now;
    const tools = now.filter(({ pid, name }) => pid !== process.pid && name !== SERVER);
    const sum = (file: string, parse: (text: string) => number): number =>
      tools.reduce((bytes, { pid }) => bytes + parse(read(`/proc/${pid}/${file}`)), 0);
    peakBytes = Math.max(peakBytes, sum('smaps_rollup', parseProportionalBytes));
    highWaterBytes = Math.max(highWaterBytes, sum('status', parseHighWaterBytes));
  };
  const timer = setInterval(tick, LOOK_EVERY_MS);
  return {
    use: () => {
      tick();
      const ended = accountTicks(seen, process.pid);
      return {
        cpuSec: (ended.tool + lost.tool - began.tool) / TICKS_PER_SEC,
        serverCpuSec: (ended.server + lost.server - began.server) / TICKS_PER_SEC,
        peakBytes,
        highWaterBytes,
      };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** This process, whatever descends from it, and what carries its mark, with its descendants. */
function look(): readonly ProcessStat[] {
  const living = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => parseProcessStat(read(`/proc/${pid}/stat`)))
    .filter((stat) => stat !== undefined);
  const byPid = new Map(living.map((stat) => [stat.pid, stat]));
  const marks = new Map([[process.pid, true]]);
  const isMarked = ({ pid, parent }: ProcessStat): boolean => {
    const known = marks.get(pid);
    if (known !== undefined) return known;
    const above = byPid.get(parent);
    // PostgreSQL writes its processes' titles over their environment.
    const marked = (above !== undefined && isMarked(above)) || carriesMark(pid);
    marks.set(pid, marked);
    return marked;
  };
  return living.filter((stat) => isMarked(stat));
}

function carriesMark(pid: number): boolean {
  const environment = read(`/proc/${pid}/environ`);
  return `\0${environment}`.includes(`\0${MARK}=${process.pid}\0`);
}

/** Empty for a process that has gone, or that belongs to somebody else. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
