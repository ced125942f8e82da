import { plannedSlotWalBytes } from '../../config/slot-wal.ts';
import { clamp, GIB, memory, MIB, wholeMiB } from './amount.ts';
import type { SettingRow, SettingsFacts } from './facts.ts';
import type { Processes } from './plan-processes.ts';

const SHARE_OF_VOLUME = 1 / 10;
/** Replay takes minutes for so much, and a crash waits for it. */
const MOST_WAL = 16 * GIB;
/** Four segments of 16 MiB: fewer than two would not start. */
const LEAST_WAL = 64 * MIB;

/** WAL, checkpoints and what is kept for others. */
export function walRows(
  { volumeBytes }: SettingsFacts,
  { walSenders }: Processes,
): readonly SettingRow[] {
  const share = wholeMiB(volumeBytes * SHARE_OF_VOLUME);
  const most = clamp(share, LEAST_WAL, MOST_WAL);
  return [
    { name: 'wal_level', value: 'replica', why: 'what a recovery needs' },
    {
      name: 'max_wal_size',
      value: memory(most),
      why: 'a tenth of the volume, at most 16 GiB: rarer checkpoints write less, recovery after a crash takes longer',
    },
    {
      name: 'min_wal_size',
      value: memory(wholeMiB(most / 4)),
      why: 'a quarter of that: segments that are used again need not be made',
    },
    {
      name: 'checkpoint_timeout',
      value: '15min',
      why: 'each page is written to the WAL in full once in every checkpoint: rarer is less',
    },
    {
      name: 'checkpoint_completion_target',
      value: '0.9',
      why: "spreads a checkpoint's writes over the time until the next",
    },
    {
      name: 'wal_compression',
      value: 'lz4',
      why: 'full pages become 2 to 3 times smaller for little CPU; segments are packed by zstd later anyway',
    },
    {
      name: 'wal_buffers',
      value: '16MB',
      why: 'one segment: what PostgreSQL takes by itself from 512 MiB of shared_buffers on',
    },
    {
      name: 'archive_timeout',
      value: '1min',
      why: 'a quiet server keeps its last commits to itself no longer than this',
    },
    {
      name: 'max_wal_senders',
      value: String(walSenders),
      why: 'a base backup takes two; the others are for standbys and for a backup after a lost connection',
    },
    { name: 'max_replication_slots', value: '10', why: 'as many as senders' },
    {
      name: 'max_slot_wal_keep_size',
      value: memory(plannedSlotWalBytes(volumeBytes)),
      why: 'a tenth of the volume: a slot that nobody reads is dropped before it fills the disk',
    },
  ];
}
