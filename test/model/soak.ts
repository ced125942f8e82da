/**
 * Many random histories, one after the other, several at a time:
 *
 *   npm run soak -- --histories 200 --seed 1 --workers 2 --minutes 30
 *
 * Exits with 1 when one of them does not go as the model says, and keeps all of it.
 */
import { parseArgs } from 'node:util';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { startCoverage } from './coverage.ts';
import { describeOutcome } from './describe-outcome.ts';
import { FULL, type HistoryOutcome, runHistory, SHORT } from './run-history.ts';
import { makeTemplate } from './template.ts';

const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    workers: { type: 'string', default: '2' },
    short: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
  },
});
const size = values.short ? SHORT : FULL;
const histories = Number(values.histories);
const firstSeed = Number(values.seed);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort();
    say('stopping after the histories under way');
  });
}

const startedMs = performance.now();
const endMs = startedMs + Number(values.minutes) * MINUTE_MS;
const coverage = startCoverage();
const instance = await findPostgres();
say(`${histories} histories from seed ${firstSeed} on PostgreSQL ${instance.major}`);
const failures: HistoryOutcome[] = [];
let begun = 0;
let done = 0;
{
  await using template = await makeTemplate(instance);
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted && begun < histories && performance.now() < endMs) {
      const seed = firstSeed + begun;
      begun += 1;
      const historyMs = performance.now();
      const outcome = await runHistory(seed, size, template, coverage.count);
      done += 1;
      const seconds = ((performance.now() - historyMs) / 1000).toFixed(1);
      const verdict = outcome.failure === undefined ? 'as the model says' : 'MISMATCH';
      say(`${String(done).padStart(5)}/${histories}  seed ${seed}  ${seconds} s  ${verdict}`);
      if (outcome.failure !== undefined) {
        failures.push(outcome);
        say(describeOutcome(outcome));
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
}
say('');
for (const line of coverage.table()) say(line);
const minutes = ((performance.now() - startedMs) / MINUTE_MS).toFixed(1);
say(`${done} histories in ${minutes} minutes, ${failures.length} not as the model says`);
process.exitCode = failures.length === 0 ? 0 : 1;
