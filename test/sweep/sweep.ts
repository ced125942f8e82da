/**
 * Fails the calls of the engine on its store, on files, on programs and on its server, one in each
 * run, and tells what came of it:
 *
 *   npm run sweep                                            every kind of call, in one way
 *   npm run sweep -- --long                                  in every way, at several turns
 *   npm run sweep -- --command archive --only 'file rename'  these alone
 *   npm run sweep -- --seed 1 --minutes 60 --verbose         again; not longer; each as it ends
 *
 * Exits with 1 when a command broke a promise.
 */
import { parseArgs } from 'node:util';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';
import { LONG, planSweep, SHORT } from './plan-sweep.ts';
import { createFaultyRunner } from './run-faulty.ts';
import { subjectsOf } from './subject.ts';
import { sweepTable } from './sweep-table.ts';
import { runTrial, runUndisturbed, type Trial } from './trial.ts';
import { createSweepWorld } from './world.ts';

const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    command: { type: 'string', multiple: true },
    verbose: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(chooseSeed()) },
    minutes: { type: 'string', default: '600' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const size = values.long ? LONG : SHORT;
const random = seededRandom(Number(values.seed));
const endMs = performance.now() + Number(values.minutes) * MINUTE_MS;
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
process.on('uncaughtException', (error) => {
  say(`COMPLAINT  an error that nobody caught: ${error.stack}`);
  process.exitCode = 1;
});

await using world = await createSweepWorld();
const runner = createFaultyRunner(world.live.root);
say(`PostgreSQL ${world.major}, seed ${values.seed}`);
for (const subject of await subjectsOf(world)) {
  const { command } = subject;
  if (values.command !== undefined && !values.command.includes(command)) continue;
  const undisturbed = await runUndisturbed(subject, runner);
  const faults = planSweep(undisturbed.calls, size, random).filter(({ call, effect }) =>
    `${call} ${effect}`.includes(values.only),
  );
  say(`${command}: ${undisturbed.calls.size} kinds of calls, ${faults.length} faults`);
  const trials: Trial[] = [];
  const swept = { undisturbed, proven: new Set<string>() };
  for (const fault of faults) {
    if (stopping.signal.aborted || performance.now() > endMs) break;
    const trial = await runTrial(subject, runner, swept, fault);
    trials.push(trial);
    const { call, turn, effect } = fault;
    const what = `${effect} at turn ${turn} of ${call} -> ${trial.outcome}`;
    if (values.verbose) say(`  ${what}  ${trial.message.split('\n', 1).join('')}`);
    if (trial.complaints.length === 0) continue;
    process.exitCode = 1;
    say(`COMPLAINT  ${command}: ${what}`);
    for (const complaint of trial.complaints) say(`           ${complaint}`);
  }
  for (const line of sweepTable(command, trials)) say(line);
}
