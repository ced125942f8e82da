import type { Command } from 'commander';
import { openClusterPlace } from '../../../lib/core/adapters/restore/in-place/local-cluster-place.ts';
import {
  examineRollback,
  rollBack,
  type RollbackContext,
} from '../../../lib/core/restore/in-place/run-rollback.ts';
import { type StoreOptions, withDataDirectory, withLineage, withStore } from '../common-options.ts';
import { clusterIdentity } from '../shipping.ts';
import type { Action, RunAction } from '../verb.ts';

interface RollbackOptions extends StoreOptions {
  readonly dataDir: string;
  readonly execute?: true;
}

/** `holdfast rollback`. */
export function addRollbackVerb(program: Command, run: RunAction): Command {
  const verb = program
    .command('rollback')
    .description('put back the data directory that a recovery in place has set aside');
  return withLineage(withStore(withDataDirectory(verb, 'the one that was recovered in place')))
    .option('--execute', 'do it; without this only what moves is printed')
    .action(run(rollbackVerb));
}

const rollbackVerb: Action<RollbackOptions> = async (options, cli) => {
  const { clock, log, signal, output } = cli;
  const archive = await cli.openLineage(options);
  const place = await openClusterPlace(options.dataDir);
  const context: RollbackContext = {
    ...archive,
    clock,
    log,
    signal,
    place,
    shippingOf: clusterIdentity,
  };
  if (options.execute !== true) {
    await place.assertFree();
    const { journal, moves, rolledBack } = await examineRollback(context);
    const { dataDirectory: dataDir, timeline } = journal;
    const lines = [
      `puts back  the server that was in ${dataDir}, on timeline ${timeline}`,
      ...(rolledBack === undefined ? [] : [`keeps      what was recovered, as ${rolledBack}`]),
      ...moves.map((move) =>
        move.kind === 'rename'
          ? `move       ${move.from}\n           to ${move.to}`
          : `link       ${move.link}\n           to ${move.text}`,
      ),
      '',
      'Nothing was done: add --execute to roll back.',
    ];
    output.result(
      { executed: false, dataDir, timeline, rolledBack, moves },
      moves.length === 0 ? ['Everything is back in its place: nothing is left to do.'] : lines,
    );
    return 0;
  }
  const { dataDirectory: dataDir, timeline, rolledBack } = await rollBack(context);
  output.result({ executed: true, dataDir, timeline, rolledBack }, [
    `${dataDir} is the old data directory again, on timeline ${timeline}, and archives from now on`,
    ...(rolledBack === undefined
      ? []
      : [
          `what was recovered is kept as ${rolledBack}`,
          'its timeline is dead: nobody goes on with what was written on it',
        ]),
    'Start the server and its agent with your own units.',
  ]);
  return 0;
};
