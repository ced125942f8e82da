#!/usr/bin/env -S node --max-semi-space-size=8
import { fileURLToPath } from 'node:url';
import { OpsError } from '../lib/core/errors/ops-error.ts';
import { endWith, main } from './cli/main.ts';

const { env, stdout, stderr } = process;
const stopping = new AbortController();
const words = process.argv.slice(2);
const program = fileURLToPath(import.meta.url);
const io = { env, stdout, stderr, program, signal: stopping.signal };

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // Never "once": execa takes a signal that nobody listens to any more for the end of the process.
  process.on(name, () => {
    const aborted = new OpsError('ABORTED', `ended by ${name}`, {
      hint: 'nothing was lost: run it again',
    });
    if (stopping.signal.aborted) process.exit(endWith(aborted, words, io));
    stopping.abort(aborted);
  });
}
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads has seen enough, as "head" does; the work goes on.
    if (error.code === 'EPIPE') return;
    throw new OpsError('INTERNAL', `what was done cannot be printed: ${error.message}`, {
      cause: error,
      hint: 'see where stdout and stderr lead; "holdfast status" shows what the store has',
    });
  });
}
// Outside any call, where Node would end with 1: to PostgreSQL that is the end of the WAL.
process.once('uncaughtException', (error) => {
  process.exit(endWith(error, words, io));
});

process.exitCode = await main(words, io);
