import { open, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { fetchPlanned, type PlannedEnd } from '../../../lib/core/restore/wal/fetch-planned.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import type { TimelineHistory } from '../../../lib/core/wal/timeline-history.ts';
import type { Cli } from '../cli.ts';
import { countBetween, type StoreOptions, withLineage, withStore } from '../common-options.ts';
import { parseSegmentName } from '../parse-segment-name.ts';
import type { RunAction } from '../verb.ts';

interface WalFetchOptions extends StoreOptions {
  readonly timeline?: number;
  readonly proof?: string;
  readonly last?: string;
  readonly stopAfterLast?: boolean;
}

const MAX_TIMELINE = 0xffff_ffff;
/** Proven absent; PostgreSQL takes it for the end of the WAL. */
const ABSENT_STATUS = 1;

/** `holdfast wal-fetch`. */
export function addWalFetchVerb(program: Command, run: RunAction): Command {
  return withLineage(withStore(program.command('wal-fetch')))
    .description('plumbing: fetch one file of the archive for restore_command')
    .argument('<name>', 'name of the file (%f of restore_command)')
    .argument('<target>', 'where to put it (%p of restore_command)')
    .option(
      '--timeline <number>',
      'the timeline that is recovered; others count as absent',
      countBetween(1, MAX_TIMELINE),
    )
    .option(
      '--last <segment>',
      'the archive must hold every segment up to this one: a missing one is a failure',
      parseSegmentName,
    )
    .option('--stop-after-last', 'segments after --last count as absent')
    .option('--proof <file>', 'write this file before answering "absent"')
    .addHelpText(
      'after',
      '\nExit status: 0 it is in place, 1 it is proven absent, 200 anything else.\n' +
        'Do not use it as a restore_command by itself: a shell or an interpreter that fails may end with 1 too.',
    )
    .action(async (name: string, target: string, options: WalFetchOptions) => {
      await run<WalFetchOptions>(async (_, cli) => fetchOne(name, target, options, cli))(options);
    });
}

async function fetchOne(
  name: string,
  target: string,
  options: WalFetchOptions,
  cli: Cli,
): Promise<number> {
  const plan = planOf(options);
  const { store, lineage } = await cli.openLineage(options);
  const archive = { store, lineage, clock: cli.clock };
  const { signal } = cli;
  const history = await historyOf(store, lineage, options.timeline, signal);
  const fetched = await fetchPlanned(archive, name, { history, plan, signal });
  if (fetched.status === 'fetched') await place(resolve(target), fetched.bytes);
  else if (options.proof !== undefined) await writeFile(options.proof, '');
  cli.output.result({ name, status: fetched.status }, []);
  return fetched.status === 'fetched' ? 0 : ABSENT_STATUS;
}

async function historyOf(
  store: ObjectStore,
  lineage: Lineage,
  timeline: number | undefined,
  signal: AbortSignal,
): Promise<TimelineHistory | undefined> {
  if (timeline === undefined) return undefined;
  const { histories } = await listArchive(store, lineage, { signal });
  const history = histories.get(timeline);
  if (history !== undefined) return history;
  throw new OpsError('RESTORE-WAL', `the archive has no history of timeline ${timeline}`, {
    hint: 'see "holdfast windows" for the timelines that can be recovered',
  });
}

function planOf({ last, stopAfterLast }: WalFetchOptions): PlannedEnd | undefined {
  if (last !== undefined) return { last, endsThere: stopAfterLast === true };
  if (stopAfterLast !== true) return undefined;
  throw new OpsError('CONFIG-INVALID', '--stop-after-last was given without --last', {
    hint: 'add --last with the name of the last segment that may be replayed',
  });
}

/** Whole or not at all: PostgreSQL reads whatever stands at the place. */
async function place(target: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${target}.holdfast`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, target);
  const folder = await open(dirname(target));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
