import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { collectSeldom } from '../../../lib/core/adapters/system/collect-seldom.ts';
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
import { DEFAULT_TIMEOUT_SEC, takeBackup } from '../take-backup.ts';
import type { Action, RunAction } from '../verb.ts';

interface BackupVerbOptions extends StoreOptions, ServerOptions {
  readonly checkpoint: CheckpointMode;
  readonly maxRate?: number;
  readonly timeout: number;
  readonly parallel: number;
}

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
  collectSeldom();
  const { store, lineage } = await cli.openLineage(options);
  await using server = cli.openServer(options);
  const startedMs = cli.clock.elapsedMs();
  const request = {
    checkpoint: options.checkpoint,
    maxRateKiB: options.maxRate,
    timeoutMs: options.timeout * 1_000,
    parallel: options.parallel,
  };
  const record = await takeBackup({ store, lineage, server }, request, options, cli);
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
    tablespaces: record.tablespaces,
    skipped: record.skipped,
    checksumFailures: record.checksumFailures,
  };
}

function lines(record: BackupRecord, seconds: number): readonly string[] {
  const { id, bytes, storedBytes, parts, skipped, checksumFailures } = record;
  const speed = (bytes / 1_000_000 / Math.max(seconds, 0.001)).toFixed(0);
  return [
    `backup ${id}`,
    `${formatBytes(bytes)} in ${formatSeconds(seconds)} (${speed} MB/s), stored as ${formatBytes(storedBytes)} in ${parts.length === 1 ? '1 part' : `${parts.length} parts`}`,
    ...skipped.map((file) => `not in the backup: ${file}, for PostgreSQL copies no links`),
    ...checksumFailures.map(
      (file) => `PAGE CHECKSUM WRONG in ${file}: the backup is kept, look at the table`,
    ),
  ];
}
