import type { ProcessStat } from './process-stat.ts';

/** CPU time of two kinds of processes, in clock ticks. */
export interface CpuTicks {
  readonly tool: number;
  readonly server: number;
}

/** Name of every process of PostgreSQL's server, and of no client. */
export const SERVER = 'postgres';

/**
 * What the processes seen have used so far. Whoever has ended is in the account of who waited for
 * it; what the archiver and the startup process waited for are commands of the tool.
 *
 * @param self - the process that measures: its own time is not counted, that of its children is.
 */
export function accountTicks(processes: readonly ProcessStat[], self: number): CpuTicks {
  const servers = new Set(processes.filter(({ name }) => name === SERVER).map(({ pid }) => pid));
  let tool = 0;
  let server = 0;
  for (const { pid, parent, ownTicks, endedTicks } of processes) {
    const isServer = servers.has(pid);
    if (isServer) server += ownTicks;
    else if (pid !== self) tool += ownTicks;
    const isPostmaster = isServer && !servers.has(parent);
    if (isPostmaster) server += endedTicks;
    else tool += endedTicks;
  }
  return { tool, server };
}

/**
 * Ticks of processes that were seen before and are gone now without anybody who counts them: the
 * last that lived of their parents was a program that went into the background, and is gone as well.
 */
export function orphanedTicks(
  before: readonly ProcessStat[],
  now: readonly ProcessStat[],
): CpuTicks {
  const living = new Set(now.map((process) => identity(process)));
  const byPid = new Map(before.map((process) => [process.pid, process]));
  const isOrphaned = (process: ProcessStat): boolean => {
    if (living.has(identity(process))) return false;
    const parent = byPid.get(process.parent);
    return parent === undefined || isOrphaned(parent);
  };
  return accountTicks(before.filter(isOrphaned), 0);
}

/** Process ids are used again. */
function identity({ pid, startTick }: ProcessStat): string {
  return `${pid} ${startTick}`;
}
