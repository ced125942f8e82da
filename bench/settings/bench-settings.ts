/**
 * The settings of a host against those of initdb, on this machine:
 *
 *   npm run bench:settings -- --pairs 5 --seconds 60
 *
 * Prints a table in Markdown; docs/performance.md explains it. Progress goes to stderr.
 */
import { parseOptions, type SettingsBenchOptions, USAGE } from './options.ts';
import { runSettingsBench } from './run-settings-bench.ts';

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
    process.stdout.write(await runSettingsBench(options, { signal: stopping.signal, say }));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function readOptions(): SettingsBenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return undefined;
  }
}
