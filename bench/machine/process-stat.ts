/** What the kernel tells of one process. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Name of its program, at most 15 characters. */
  readonly name: string;
  /** Clock ticks that it has used itself. */
  readonly ownTicks: number;
  /** Clock ticks of its children that have ended and were waited for, and of theirs. */
  readonly endedTicks: number;
  /** Clock tick since boot at which it started; with `pid` it names a process for good. */
  readonly startTick: number;
}

/**
 * Reads the text of `/proc/<pid>/stat`.
 *
 * @returns `undefined` when it is none.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The name may hold anything, spaces and brackets too: it ends at the last bracket.
  const match = /^(\d+) \((.*)\) (.+)$/s.exec(text.trimEnd());
  const [, pid, name, rest] = match ?? [];
  if (pid === undefined || name === undefined || rest === undefined) return undefined;
  const fields = rest.split(' ').map(Number);
  // Field 3 of the manual is the first after the name.
  const field = (number: number): number => fields[number - 3] ?? Number.NaN;
  return {
    pid: Number(pid),
    name,
    parent: field(4),
    ownTicks: field(14) + field(15),
    endedTicks: field(16) + field(17),
    startTick: field(22),
  };
}

/**
 * Bytes that a process holds, shared memory counted in parts, from `/proc/<pid>/smaps_rollup`.
 *
 * @returns 0 when the text tells none, as that of a process that is ending.
 */
export function parseProportionalBytes(text: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** The most bytes that a process ever held, from `/proc/<pid>/status`; 0 when it does not tell. */
export function parseHighWaterBytes(text: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}
