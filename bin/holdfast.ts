#!/usr/bin/env -S node --max-semi-space-size=8
import { OpsError } from '../lib/core/errors/ops-error.ts';
import { main } from './cli/main.ts';

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    stopping.abort(
      new OpsError('ABORTED', `ended by ${name}`, { hint: 'nothing was lost: run it again' }),
    );
  });
}

const { env, stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), {
  env,
  stdout,
  stderr,
  signal: stopping.signal,
});
