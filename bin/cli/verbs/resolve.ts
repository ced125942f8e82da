import { availableParallelism, hostname, userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { readControlFile } from '../../../lib/core/adapters/postgres/control-data.ts';
import { PgWalDirectory } from '../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { readWriterIdentity } from '../../../lib/core/adapters/wal/writer-identity.ts';
import {
  findTrouble,
  type SegmentSpan,
  type Trouble,
} from '../../../lib/core/resolve/find-trouble.ts';
import {
  planResolution,
  type Resolution,
  resolvables,
} from '../../../lib/core/resolve/plan-resolution.ts';
import { assertWriter, runResolution } from '../../../lib/core/resolve/run-resolution.ts';
import {
  type ServerOptions,
  type StoreOptions,
  withDataDirectory,
  withLineage,
  withServer,
  withStore,
} from '../common-options.ts';
import { parseSegmentName } from '../parse-segment-name.ts';
import { assertSameSystem } from '../same-system.ts';
import { DEFAULT_TIMEOUT_SEC, takeBackup } from '../take-backup.ts';
import type { Action, RunAction } from '../verb.ts';

interface ResolveOptions extends StoreOptions, ServerOptions {
  readonly dataDir: string;
  readonly gap?: string;
  readonly segment?: string;
  readonly reason?: string;
  readonly by: string;
  readonly execute?: true;
}

/** PostgreSQL's archiver may have to come back from a minute's pause. */
const ARCHIVING_TIMEOUT_MS = 180_000;

/** `holdfast resolve`. */
export function addResolveVerb(program: Command, run: RunAction): Command {
  const verb = withServer(withLineage(withStore(program.command('resolve'))));
  return withDataDirectory(verb, "the server's data directory")
    .description('acknowledge WAL that can never be replayed, and make recovery possible behind it')
    .addOption(
      new Option('--gap <segment>', 'segments that can never come, by any one of them')
        .argParser(parseSegmentName)
        .conflicts('segment'),
    )
    .addOption(
      new Option('--segment <name>', 'a name under which the store has another history').argParser(
        parseSegmentName,
      ),
    )
    .option('--reason <text>', 'what happened, for whoever meets the gap later')
    .option('--by <name>', 'who acknowledges it', `${userInfo().username} on ${hostname()}`)
    .option('--execute', 'write the record and take a base backup, instead of only saying so')
    .addHelpText(
      'after',
      '\nWithout --gap and --segment: what there is to resolve, and the command for each.\n' +
        'Nothing is deleted. Interrupted, the same command goes on where it stopped.',
    )
    .action(run(resolveVerb));
}

const resolveVerb: Action<ResolveOptions> = async (options, cli) => {
  const { store, lineage } = await cli.openLineage(options);
  const { dataDir } = options;
  const { clock, signal, output } = cli;
  const { segmentBytes } = lineage.identity;
  const place = {
    store,
    lineage,
    wal: new PgWalDirectory(dataDir),
    controlData: async () => readControlFile(dataDir, { signal }),
    signal,
  };
  const { systemIdentifier } = await place.controlData();
  const inStore = { name: 'the lineage in the store', ...lineage.id };
  assertSameSystem({ name: dataDir, systemIdentifier }, inStore);
  const writer = await assertWriter(place, await readWriterIdentity(dataDir));
  const trouble = await findTrouble(place);
  const segment = options.gap ?? options.segment;
  if (segment === undefined) {
    output.result(...overview(trouble, segmentBytes));
    return 0;
  }
  const { reason = '', by } = options;
  const kind = options.gap === undefined ? 'poisoned' : 'missing';
  const request = { kind, segment, reason, by, at: clock.now(), epoch: writer.epoch } as const;
  const plan = planResolution(trouble, request, segmentBytes);
  for (const line of planLines(plan)) output.note(line);
  if (options.execute !== true) {
    output.note('Nothing was changed: add --execute to do it.');
    output.result({ executed: false, ...describe(plan), backupId: null }, []);
    return 0;
  }
  await using server = cli.openServer(options);
  const answering = await server.describe({ signal });
  assertSameSystem({ name: 'the server that answers', ...answering }, inStore);
  const backUp = async (): Promise<string> => {
    const backup = {
      checkpoint: 'fast',
      timeoutMs: DEFAULT_TIMEOUT_SEC * 1_000,
      archivingTimeoutMs: ARCHIVING_TIMEOUT_MS,
      parallel: availableParallelism(),
    } as const;
    return (await takeBackup({ store, lineage, server }, backup, options, cli)).id;
  };
  const { backupId } = await runResolution(plan, {
    ...place,
    server,
    clock,
    log: cli.log,
    backUp,
  });
  output.result({ executed: true, ...describe(plan), backupId }, [
    `Resolved: from backup ${backupId} on everything can be recovered again.`,
  ]);
  return 0;
};

function overview(trouble: Trouble, segmentBytes: number): [object, readonly string[]] {
  const found = resolvables(trouble, segmentBytes).map((one) => ({
    kind: one.kind,
    firstSegment: one.firstSegment,
    lastSegment: one.lastSegment,
  }));
  const begun = trouble.unanchored.map(({ kind, firstSegment, lastSegment }) => ({
    kind,
    firstSegment,
    lastSegment,
  }));
  const rows = [...found, ...begun].map((one) => ({ ...one, command: commandFor(one) }));
  const lines = rows.flatMap(({ kind, firstSegment, lastSegment, command }) => [
    `${kind}: ${spanText({ firstSegment, lastSegment })}`,
    `  ${command}`,
  ]);
  return [{ resolvable: rows }, lines.length === 0 ? ['There is nothing to resolve.'] : lines];
}

function commandFor({ kind, firstSegment }: { kind: string; firstSegment: string }): string {
  const option = kind === 'missing' ? '--gap' : '--segment';
  return `holdfast resolve ${option} ${firstSegment} --reason "what happened"`;
}

function spanText({ firstSegment, lastSegment }: SegmentSpan): string {
  return firstSegment === lastSegment ? firstSegment : `${firstSegment} to ${lastSegment}`;
}

function planLines({ gap, record, anchor, lostBackups }: Resolution): readonly string[] {
  const { kind, reason } = gap;
  const from = spanText(gap);
  const effect =
    kind === 'missing'
      ? `No recovery will pass ${from}: they can never come.`
      : `No recovery will use what the store has under ${from}; this server's own segments of these names are kept beside it.`;
  const how =
    record === undefined ? `Acknowledged already: ${reason}` : `To be acknowledged: ${reason}`;
  const next =
    anchor === undefined
      ? 'A base backup is taken behind it.'
      : `Backup ${anchor} starts behind it: no other is needed.`;
  const lost = lostBackups.map(
    (id) => `Backup ${id} needs what is given up: it cannot be restored.`,
  );
  return [effect, ...lost, how, next];
}

function describe({ gap, lostBackups }: Resolution): object {
  const { id, kind, firstSegment, lastSegment, reason, by } = gap;
  return { gapId: id, kind, firstSegment, lastSegment, reason, by, lostBackups };
}
