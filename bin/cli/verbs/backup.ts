import { availableParallelism, hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { findPostgres } from '../../../lib/core/adapters/postgres/find-postgres.ts';
import { pgBaseBackupSource } from '../../../lib/core/adapters/postgres/pg-base-backup.ts';
import { takeBaseBackup } from '../../../lib/core/backup/take-base-backup.ts';
import type { BackupRecord } from '../../../lib/core/store/records.ts';
import type { CheckpointMode } from '../../../lib/core/ports/base-backup-source.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import {
  countBetween,
  type ServerOptions,
  type StoreOptions,
  withLineage,
  withServer,
  withStore,
} from '../common-options.ts';
import { formatBytes, formatSeconds } from '../format.ts';
import { showBackup } from '../show-backup.ts';
import type { Action, RunAction } from '../verb.ts';

interface BackupVerbOptions extends StoreOptions, ServerOptions {
  readonly checkpoint: CheckpointMode;
  readonly maxRate?: number;
  readonly timeout: number;
  readonly parallel: number;
}

const DEFAULT_TIMEOUT_SEC = 21_600;
/** What a timer can wait for, in whole days. */
const MAX_TIMEOUT_SEC = 24 * 86_400;
const MAX_PARALLEL = 64;

/** `holdfast backup`. */
export function addBackupVerb(program: Command, run: RunAction): Command {
  return withServer(withLineage(withStore(program.command('backup'))))
    .description('take one base backup now and wait until all WAL it needs is in the store')
    .addOption(
      new Option('--checkpoint <mode>', 'start at once, or spread the load of the checkpoint')
        .choices(['fast', 'spread'])
        .default('fast'),
    )
    .option('--max-rate <KiB/s>', 'read no faster than this', countBetween(32, 1_048_576))
    .option(
      '--timeout <seconds>',
      'give up after this',
      countBetween(1, MAX_TIMEOUT_SEC),
      DEFAULT_TIMEOUT_SEC,
    )
    .option(
      '--parallel <number>',
      'frames compressed at once',
      countBetween(1, MAX_PARALLEL),
      Math.min(availableParallelism(), MAX_PARALLEL),
    )
    .action(run(backupVerb));
}

const backupVerb: Action<BackupVerbOptions> = async (options, cli) => {
  const { store, lineage } = await cli.openLineage(options);
  const { binDirectory } = await findPostgres({ major: lineage.id.major });
  await using server = cli.openServer(options);
  const bar = cli.output.bar('backup');
  const startedMs = cli.clock.elapsedMs();
  const record = await takeBaseBackup(
    {
      holder: `${hostname()} process ${process.pid}`,
      checkpoint: options.checkpoint,
      maxRateKiB: options.maxRate,
      timeoutMs: options.timeout * 1_000,
      parallel: options.parallel,
    },
    {
      store,
      lineage,
      server,
      source: pgBaseBackupSource(binDirectory, cli.connection(options)),
      clock: cli.clock,
      log: cli.log,
      report: (progress) => showBackup(bar, progress),
      signal: cli.signal,
    },
  ).finally(() => bar.stop());
  cli.output.result(summary(record), lines(record, (cli.clock.elapsedMs() - startedMs) / 1_000));
  return 0;
};

function summary(record: BackupRecord): object {
  return {
    id: record.id,
    kind: record.kind,
    timeline: record.timeline,
    startLsn: formatLsn(record.startLsn),
    stopLsn: formatLsn(record.stopLsn),
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    bytes: record.bytes,
    storedBytes: record.storedBytes,
    parts: record.parts.length,
    checksumFailures: record.checksumFailures,
  };
}

function lines(record: BackupRecord, seconds: number): readonly string[] {
  const { id, bytes, storedBytes, parts, checksumFailures } = record;
  const speed = (bytes / 1_000_000 / Math.max(seconds, 0.001)).toFixed(0);
  return [
    `backup ${id}`,
    `${formatBytes(bytes)} in ${formatSeconds(seconds)} (${speed} MB/s), stored as ${formatBytes(storedBytes)} in ${parts.length === 1 ? '1 part' : `${parts.length} parts`}`,
    ...checksumFailures.map(
      (file) => `PAGE CHECKSUM WRONG in ${file}: the backup is kept, look at the table`,
    ),
  ];
}
