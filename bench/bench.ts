/**
 * This engine beside its peers, on this machine:
 *
 *   npm run bench -- --scale full --json figures.json
 *
 * Prints a table in Markdown; docs/performance.md explains its rows. Progress goes to stderr.
 */
import { writeFile } from 'node:fs/promises';
import { markdownReport } from './figures/markdown-report.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { runBench } from './run-bench.ts';

const MISUSE = 2;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => stopping.abort(new Error(`ended by ${name}`)));
}

const options = readOptions();
if (options === undefined) process.exitCode = MISUSE;
else {
  try {
    const report = await runBench(options, { signal: stopping.signal, say });
    const document = `${JSON.stringify({ format: 1, ...report }, undefined, 2)}\n`;
    if (options.json !== undefined) await writeFile(options.json, document);
    process.stdout.write(markdownReport(report));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function readOptions(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return undefined;
  }
}
