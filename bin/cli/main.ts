import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import { type CliProcess, createCli } from './cli.ts';
import { createOutput } from './output.ts';
import type { AddVerb, RunAction } from './verb.ts';

const USAGE = 2;
/** PostgreSQL reads 1 to 125 from a restore_command as "no such file", and would promote. */
const FETCH_FAULT = 200;

/**
 * Verbs in the order in which a newcomer meets them. Each is loaded when it is named: a push of one
 * segment needs neither the demo nor half of the engine.
 */
const VERBS: Readonly<Record<string, () => Promise<AddVerb>>> = {
  demo: async () => (await import('./verbs/demo.ts')).addDemoVerb,
  init: async () => (await import('./verbs/init.ts')).addInitVerb,
  agent: async () => (await import('./verbs/agent.ts')).addAgentVerb,
  backup: async () => (await import('./verbs/backup.ts')).addBackupVerb,
  list: async () => (await import('./verbs/list.ts')).addListVerb,
  windows: async () => (await import('./verbs/windows.ts')).addWindowsVerb,
  verify: async () => (await import('./verbs/verify.ts')).addVerifyVerb,
  audit: async () => (await import('./verbs/audit.ts')).addAuditVerb,
  retention: async () => (await import('./verbs/retention.ts')).addRetentionVerb,
  hold: async () => (await import('./verbs/hold.ts')).addHoldVerb,
  undelete: async () => (await import('./verbs/undelete.ts')).addUndeleteVerb,
  recover: async () => (await import('./verbs/recover.ts')).addRecoverVerb,
  rollback: async () => (await import('./verbs/rollback.ts')).addRollbackVerb,
  status: async () => (await import('./verbs/status.ts')).addStatusVerb,
  health: async () => (await import('./verbs/health.ts')).addHealthVerb,
  upgrade: async () => (await import('./verbs/upgrade.ts')).addUpgradeVerb,
  doctor: async () => (await import('./verbs/doctor.ts')).addDoctorVerb,
  host: async () => (await import('./verbs/host.ts')).addHostVerb,
  ack: async () => (await import('./verbs/ack.ts')).addAckVerb,
  resolve: async () => (await import('./verbs/resolve.ts')).addResolveVerb,
  'envelope-key': async () => (await import('./verbs/envelope-key.ts')).addEnvelopeKeyVerb,
  'wal-push': async () => (await import('./verbs/wal-push.ts')).addWalPushVerb,
  'wal-fetch': async () => (await import('./verbs/wal-fetch.ts')).addWalFetchVerb,
};

const HELP = `
A first look, on this machine:
  holdfast demo
Protect a server:
  holdfast init, keep holdfast agent running, then holdfast backup
See what you have:
  holdfast status --watch, holdfast windows, holdfast verify
See whether data or service is at risk on a running server:
  holdfast health
See what is wrong, each with its fix:
  holdfast doctor
Bring it back:
  holdfast recover --to latest --data-dir <directory>, then again with --execute
Bring what was deployed onto its host:
  holdfast host plan, then holdfast host apply --execute
Stop a page from coming again:
  holdfast ack <alarm>
Each verb explains itself: holdfast recover --help

Also read from the environment: HOLDFAST_STORE, HOLDFAST_CLUSTER,
HOLDFAST_DATA_DIR, HOLDFAST_SPOOL, HOLDFAST_KMS_KEY, HOLDFAST_ENVELOPE_KEY, and
libpq's PGHOST, PGPORT, PGUSER, PGPASSWORD and PGSSLMODE. PostgreSQL's programs
are looked for in PGBIN first.

Exit status: 0 done, 2 wrong usage, 25 to 125 an error with a code and a hint,
which docs/runbook.md explains.`;

/**
 * Runs the command line.
 *
 * @returns the exit status: 0 done, 2 wrong usage, 25–125 an error's own number; for `wal-fetch`
 *   alone 0, 1 for proven absent, else 200.
 */
export async function main(words: readonly string[], io: CliProcess): Promise<number> {
  const cli = createCli(io, wantsJson(words));
  let status = 0;
  const run: RunAction = (action) => async (options) => {
    status = await action(options, cli);
  };
  try {
    const program = await createProgram(words[0], io, run);
    await program.parseAsync([...words], { from: 'user' });
    return asFetchStatus(words, status);
  } catch (error) {
    return endWith(error, words, io);
  }
}

/** Reports whatever ended the command line; gives the exit status. */
export function endWith(error: unknown, words: readonly string[], io: CliProcess): number {
  const output = createOutput(io, wantsJson(words));
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    output.misuse(error.message.replace(/^error: /, '').replace('(outputHelp)', 'name a verb'));
    return asFetchStatus(words, USAGE);
  }
  const failure = toOpsError(error);
  output.failure(failure);
  // Nobody foresaw it, so nothing else tells where it came from.
  if (failure.code === 'INTERNAL' && failure.cause instanceof Error) {
    output.note(failure.cause.stack ?? '');
  }
  return asFetchStatus(words, failure.exitCode);
}

function wantsJson(words: readonly string[]): boolean {
  return words.includes('--json');
}

function asFetchStatus(words: readonly string[], status: number): number {
  return words.find((word) => !word.startsWith('-')) === 'wal-fetch' && status > 1
    ? FETCH_FAULT
    : status;
}

/** With every verb, unless the one that is `named` is known. */
async function createProgram(
  named: string | undefined,
  io: CliProcess,
  run: RunAction,
): Promise<Command> {
  const program = new Command('holdfast')
    .description('PostgreSQL that cannot quietly lose data: WAL shipping, base backups, recovery')
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError('(run with --help to see what it takes)');
  const known = Object.entries(VERBS).filter(([name]) => name === named);
  for (const [, load] of known.length > 0 ? known : Object.entries(VERBS)) {
    const addVerb = await load();
    const verb = addVerb(program, run);
    verb.option('--json', 'print one JSON document and nothing else on stdout').exitOverride();
  }
  return program.addHelpText('after', HELP);
}
