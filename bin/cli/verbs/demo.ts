import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { findPostgres } from '../../../lib/core/adapters/postgres/find-postgres.ts';
import { serverOwner } from '../../../lib/core/adapters/system/file-owner.ts';
import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import { exitStatus, judge, proofLines, unproven } from '../../demo/proof.ts';
import { runDemo } from '../../demo/run-demo.ts';
import { createStage } from '../../demo/stage.ts';
import { createLog } from '../../../lib/core/adapters/system/log.ts';
import { countBetween } from '../common-options.ts';
import type { Action, RunAction } from '../verb.ts';

interface DemoVerbOptions {
  readonly seconds: number;
  readonly keep?: true;
}

const DEFAULT_LOAD_SEC = 4;
const MAX_LOAD_SEC = 3_600;

/** `holdfast demo`. */
export function addDemoVerb(program: Command, run: RunAction): Command {
  return program
    .command('demo')
    .description(
      'the whole life of a protected database on this machine, destroyed and brought back',
    )
    .option(
      '--seconds <number>',
      'load before and after the backup, each',
      countBetween(1, MAX_LOAD_SEC),
      DEFAULT_LOAD_SEC,
    )
    .option('--keep', 'leave its directory in place')
    .action(run(demoVerb));
}

const demoVerb: Action<DemoVerbOptions> = async (options, cli) => {
  const { output, clock } = cli;
  const instance = await findPostgres();
  const directory = await makeDirectory();
  let isProven = false;
  try {
    const request = { instance, directory, loadSec: options.seconds };
    // The stage tells the story; of the log only what went wrong is of interest here.
    const quiet = { ...cli, log: createLog('warn') };
    const measured = await runDemo(request, createStage(output, clock), quiet);
    const proof = judge(measured);
    isProven = proof.verdict === 'proven';
    output.result(proof, proofLines(proof, measured));
    return exitStatus(proof);
  } catch (error) {
    if (!output.json) throw error;
    const failure = toOpsError(error);
    output.result(unproven(failure), []);
    return failure.exitCode;
  } finally {
    if (isProven && options.keep !== true) await rm(directory, { recursive: true, force: true });
    else output.note(`everything is in ${directory}`);
  }
};

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const owner = serverOwner();
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  return directory;
}
