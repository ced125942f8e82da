/**
 * One history in a process of its own, which writes what became of it to its output:
 *
 *   node history-process.ts '{"seed": 1, "size": {…}, "directory": "/tmp/…", …}'
 *
 * It ends in order when it is told to stop, and when whoever started it is gone.
 */
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { s3Environment } from '../support/s3-environment.ts';
import { startS3FaultProxy } from '../support/s3-fault-proxy.ts';
import type { HistoryReport, HistoryRequest } from './history-report.ts';
import { runHistory } from './run-history.ts';
import { openTemplate } from './template.ts';

const request = JSON.parse(process.argv[2] ?? '') as HistoryRequest;
const { seed, size, endMs, directory, hasSmallDisks, templateDirectory, s3Endpoint } = request;

const stopping = new AbortController();
const stop = (): void => stopping.abort(new Error('told to stop'));
// Never "once": see bin/holdfast.ts.
process.on('SIGTERM', stop);
process.stdin.once('close', stop).resume();

const counts: Record<string, number> = {};
const count = (what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};
const story: string[] = [];
let failure: string | undefined;
try {
  const template = openTemplate(await findPostgres(), templateDirectory);
  await using proxy = s3Endpoint === undefined ? undefined : await startS3FaultProxy(s3Endpoint);
  if (proxy !== undefined) Object.assign(process.env, s3Environment(proxy.endpoint));
  const { signal } = stopping;
  const source = { template, directory, hasSmallDisks, proxy, story, count, signal };
  await runHistory(seed, size, source, endMs);
} catch (error) {
  failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
}
const isStopped = stopping.signal.aborted;
const report: HistoryReport = { failure, isStopped, story, counts };
process.stdout.write(JSON.stringify(report));
process.stdin.destroy();
