import { Command, CommanderError } from 'commander';
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import { type CliProcess, createCli } from './cli.ts';
import type { AddVerb, RunAction } from './verb.ts';
import { addAgentVerb } from './verbs/agent.ts';
import { addBackupVerb } from './verbs/backup.ts';
import { addDemoVerb } from './verbs/demo.ts';
import { addInitVerb } from './verbs/init.ts';
import { addListVerb } from './verbs/list.ts';
import { addRecoverVerb } from './verbs/recover.ts';
import { addStatusVerb } from './verbs/status.ts';
import { addVerifyVerb } from './verbs/verify.ts';
import { addWalFetchVerb } from './verbs/wal-fetch.ts';
import { addWalPushVerb } from './verbs/wal-push.ts';
import { addWindowsVerb } from './verbs/windows.ts';

const USAGE = 2;
/** PostgreSQL reads 1 to 125 from a restore_command as "no such file", and would promote. */
const FETCH_FAULT = 200;

/** Verbs in the order in which a newcomer meets them. */
const VERBS: readonly AddVerb[] = [
  addDemoVerb,
  addInitVerb,
  addAgentVerb,
  addBackupVerb,
  addListVerb,
  addWindowsVerb,
  addVerifyVerb,
  addRecoverVerb,
  addStatusVerb,
  addWalPushVerb,
  addWalFetchVerb,
];

/**
 * Runs the command line.
 *
 * @returns the exit status: 0 done, 2 wrong usage, 25–125 an error's own number; for `wal-fetch`
 *   alone 0, 1 for proven absent, else 200.
 */
export async function main(words: readonly string[], io: CliProcess): Promise<number> {
  const json = words.includes('--json');
  const cli = createCli(io, json);
  let status = 0;
  const run: RunAction = (action) => async (options) => {
    status = await action(options, cli);
  };
  try {
    await createProgram(io, run).parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      status = error.exitCode === 0 ? 0 : USAGE;
    } else {
      const failure = toOpsError(error);
      cli.output.failure(failure);
      status = failure.exitCode;
    }
  }
  const isFetchFault = words[0] === 'wal-fetch' && status > 1;
  return isFetchFault ? FETCH_FAULT : status;
}

function createProgram(io: CliProcess, run: RunAction): Command {
  const program = new Command('holdfast')
    .description('PostgreSQL that cannot quietly lose data: WAL shipping, base backups, recovery')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError('(run with --help to see what it takes)');
  for (const addVerb of VERBS) {
    const verb = addVerb(program, run);
    verb.option('--json', 'print one JSON document and nothing else on stdout').exitOverride();
  }
  program.addHelpText(
    'after',
    [
      '',
      'Start with "holdfast demo": the whole life of a protected database on this machine.',
      "Also read from the environment: HOLDFAST_STORE, HOLDFAST_CLUSTER, HOLDFAST_DATA_DIR, HOLDFAST_SPOOL, and libpq's PGHOST, PGPORT, PGUSER, PGPASSWORD and PGSSLMODE.",
      'Exit status: 0 done, 2 wrong usage, 25 to 125 an error with its code and a hint.',
    ].join('\n'),
  );
  return program;
}
