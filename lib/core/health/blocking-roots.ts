/** A session that waits, and one that it waits for: 0 where that is a prepared transaction. */
export interface Wait {
  readonly pid: number;
  readonly by: number;
}

/** A session that others wait for, and that waits for nobody itself. */
export interface BlockingRoot {
  readonly pid: number;
  /** How many sessions wait for it, for those that wait for it, and so on. */
  readonly waiting: number;
}

/**
 * At whom the waiting begins: those for whom most wait first, then by their ids. Who waits in a circle has no root:
 * the server itself ends that within `deadlock_timeout`.
 */
export function blockingRoots(waits: readonly Wait[]): readonly BlockingRoot[] {
  const waiters = Map.groupBy(waits, ({ by }) => by);
  const waitingItself = new Set(waits.map(({ pid }) => pid));
  return [...waiters.keys()]
    .filter((pid) => !waitingItself.has(pid))
    .map((pid) => ({ pid, waiting: behind(pid, waiters) }))
    .toSorted((a, b) => b.waiting - a.waiting || a.pid - b.pid);
}

function behind(root: number, waiters: ReadonlyMap<number, readonly Wait[]>): number {
  const seen = new Set<number>();
  const next = [root];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    for (const { pid } of waiters.get(at) ?? []) {
      if (!seen.has(pid)) next.push(pid);
      seen.add(pid);
    }
  }
  return seen.size;
}
