/**
 * Random histories of a cluster, several at a time, for as long as there is time:
 *
 *   npm run soak -- --minutes 30 --seed 1
 *
 * Each is decided by its own seed, which follows from the first, and has three rounds unless
 * `--rounds` says otherwise: with one there are more beginnings. Ends with 1 when one of them does
 * not go as the model says, and keeps all of it.
 */
import { parseArgs } from 'node:util';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import setUpCompileCache from '../support/compile-cache.ts';
import { GET_MOTO, isMotoServerHere } from '../support/moto-server.ts';
import setUpReadableCheckout from '../support/readable-checkout.ts';
import { startCoverage } from './coverage.ts';
import { describeOutcome } from './describe-outcome.ts';
import { FULL, SHORT } from './run-history.ts';
import { type HistoryOutcome, startHistory } from './start-history.ts';
import { makeTemplate } from './template.ts';

const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    histories: { type: 'string', default: 'Infinity' },
    workers: { type: 'string', default: '2' },
    rounds: { type: 'string', default: String(FULL.rounds) },
    short: { type: 'boolean', default: false },
  },
});
const size = values.short ? SHORT : { ...FULL, rounds: Number(values.rounds) };
const histories = Number(values.histories);
const firstSeed = Number(values.seed);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const stopping = new AbortController();
const { signal } = stopping;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    say('stopping: the histories under way are ended');
    stopping.abort();
  });
}

const startedMs = Date.now();
const endMs = startedMs + Number(values.minutes) * MINUTE_MS;
const coverage = startCoverage();
const instance = await findPostgres();
say(`seed ${firstSeed}, ${values.minutes} minutes, PostgreSQL ${instance.major}`);
const outcomes: HistoryOutcome[] = [];
let begun = 0;
{
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(await setUpCompileCache());
  const removeCopy = await setUpReadableCheckout();
  if (removeCopy !== undefined) cleanup.defer(removeCopy);
  const template = cleanup.use(await makeTemplate(instance));
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted && begun < histories && Date.now() < endMs) {
      const seed = firstSeed + begun;
      begun += 1;
      const historyMs = Date.now();
      const outcome = await startHistory(seed, size, template, { signal, endMs });
      outcomes.push(outcome);
      coverage.add(outcome.counts);
      const seconds = ((Date.now() - historyMs) / 1000).toFixed(0);
      say(`${String(outcomes.length).padStart(5)}  ${seconds} s  ${describeOutcome(outcome)}`);
    }
  };
  // Whatever ends one of them, the others end in order.
  const working = Array.from({ length: Number(values.workers) }, async () =>
    work().finally(() => {
      if (begun < histories && Date.now() < endMs) stopping.abort();
    }),
  );
  const ended = await Promise.allSettled(working);
  const broken = ended.find(({ status }) => status === 'rejected');
  if (broken?.status === 'rejected') throw broken.reason;
}
const done = outcomes.filter(({ isStopped }) => !isStopped);
const rounds = outcomes.reduce((sum, { counts }) => sum + (counts['round'] ?? 0), 0);
const failed = done.filter(({ failure }) => failure !== undefined);
say('');
for (const line of coverage.table()) say(line);
const withoutDisks = outcomes.find((outcome) => outcome.withoutDisks !== undefined)?.withoutDisks;
if (withoutDisks !== undefined)
  say(`NO DISK WAS FILLED, for none could be mounted: ${withoutDisks}`);
if (!isMotoServerHere()) say(`NO HISTORY USED S3, for there is no moto_server: ${GET_MOTO}`);
const minutes = ((Date.now() - startedMs) / MINUTE_MS).toFixed(1);
say(
  `seed ${firstSeed}: ${done.length} histories, ${rounds} rounds in ` +
    `${minutes} minutes, ${failed.length} not as the model says`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
