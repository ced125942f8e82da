import type { Bench } from '../rows/row.ts';
import { settlePageCache } from './page-cache.ts';
import { type ProcessUse, watchProcesses } from './watch-processes.ts';

/** What a piece of work took and gave. */
export interface Measured<T> {
  readonly seconds: number;
  /** `undefined` where the system does not tell. */
  readonly use: ProcessUse | undefined;
  readonly result: T;
}

/** Runs `work` on a quiet disk and with the page cache of every other run, and watches it. */
export async function measure<T>(
  { cache, scale, signal }: Pick<Bench, 'cache' | 'scale' | 'signal'>,
  work: () => Promise<T>,
  bystanders?: ReadonlySet<number>,
): Promise<Measured<T>> {
  signal.throwIfAborted();
  await settlePageCache(cache, scale);
  using watch = watchProcesses(bystanders);
  const startedMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  return { seconds, use: watch.use(), result };
}
