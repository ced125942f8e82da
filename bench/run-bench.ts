import { availableParallelism, cpus, totalmem } from 'node:os';
import { findPostgres } from '../lib/core/adapters/postgres/find-postgres.ts';
import readableCheckout from '../test/support/readable-checkout.ts';
import type { BenchReport } from './figures/markdown-report.ts';
import { type Entry, reportLines } from './figures/report.ts';
import { pageCacheControl } from './machine/page-cache.ts';
import { makeScratch } from './machine/scratch.ts';
import { markProcesses } from './machine/watch-processes.ts';
import type { BenchOptions } from './options.ts';
import { ALL_ROWS } from './rows/all-rows.ts';
import type { Bench } from './rows/row.ts';
import { SCALES } from './scale.ts';
import { findTools } from './tools/find-tools.ts';

/**
 * Measures what was asked for. Whatever it makes or starts is gone when it returns or throws.
 *
 * @throws {@link OpsError} `RESTORE-SPACE` when the disk is too small, `PG-TOOLS` without
 *   PostgreSQL; the signal's reason; any tool's own failure.
 */
export async function runBench(
  options: BenchOptions,
  { signal, say }: Pick<Bench, 'signal' | 'say'>,
): Promise<BenchReport> {
  markProcesses();
  await using cleanup = new AsyncDisposableStack();
  const removeCheckout = await readableCheckout();
  if (removeCheckout !== undefined) cleanup.defer(removeCheckout);
  const instance = await findPostgres();
  const tools = await findTools(instance);
  for (const { name, get } of tools.missing) say(`${name} is not here, to measure it: ${get}`);
  const scale = SCALES[options.scale];
  const cache = await pageCacheControl(scale);
  const scratch = cleanup.use(await makeScratch());
  const runs = options.runs ?? scale.runs;
  const bench = { instance, tools, scale, runs, cache, scratch, signal, say };
  const entries: Entry[] = [];
  for (const kind of options.kinds) {
    for (const name of options.rows) entries.push(...(await ALL_ROWS[name](bench, kind)));
  }
  return {
    setup: {
      cores: availableParallelism(),
      processor: cpus()[0]?.model ?? 'unknown',
      memoryBytes: totalmem(),
      postgres: instance.major,
      tools: [
        ...[...tools.full, ...tools.backupOnly].map(({ name, version }) => ({ name, version })),
        ...(tools.barmanCloud === undefined
          ? []
          : [{ name: 'barman-cloud', version: tools.barmanCloud }]),
      ],
      missing: tools.missing,
      cache,
      scale: options.scale,
      runs,
    },
    lines: reportLines(entries),
  };
}
