import type { SettingValues } from '../../config/host-config.ts';
import { clamp, GIB, MIB } from './amount.ts';
import type { SettingsFacts } from './facts.ts';
import { given } from './given.ts';

/** How many processes a server has besides its sessions. */
export interface Processes {
  readonly parallelWorkers: number;
  readonly workerProcesses: number;
  readonly autovacuumWorkers: number;
  readonly walSenders: number;
  /** 0 before PostgreSQL 18, which has none. */
  readonly ioWorkers: number;
  /** Processes that run parts of queries, extensions, or vacuum. */
  readonly workers: number;
  /** PostgreSQL's own, and those that only move bytes. */
  readonly own: number;
}

/** Checkpointer, two writers, archiver, the launchers of autovacuum and replication, logger, start-up. */
const AUXILIARY = 8;
const IO_WORKERS_SINCE = 18;
/** Of PostgreSQL's own range. */
const MOST_IO_WORKERS = 32;
/** As many as PostgreSQL has by itself: one for a base backup, one for its WAL, the others spare. */
const WAL_SENDERS = 10;
const WORKERS_BESIDES_PARALLEL = 4;
const MEMORY_OF_A_PARALLEL_WORKER = 256 * MIB;
const MOST_AUTOVACUUM_WORKERS = 8;

/** By cores, and on a machine with many cores and little memory by its memory. */
export function planProcesses(facts: SettingsFacts, overrides: SettingValues): Processes {
  const { count } = given(overrides);
  const { memoryBytes, cores, major } = facts;
  const carried = Math.max(2, Math.floor(memoryBytes / MEMORY_OF_A_PARALLEL_WORKER));
  const parallelWorkers = count('max_parallel_workers') ?? Math.min(cores, carried);
  const workerProcesses =
    count('max_worker_processes') ?? Math.max(8, parallelWorkers + WORKERS_BESIDES_PARALLEL);
  const autovacuumWorkers =
    count('autovacuum_max_workers') ??
    clamp(3 + Math.floor(Math.min(cores / 8, memoryBytes / (8 * GIB))), 3, MOST_AUTOVACUUM_WORKERS);
  const walSenders = count('max_wal_senders') ?? WAL_SENDERS;
  const ioWorkers =
    major < IO_WORKERS_SINCE
      ? 0
      : (count('io_workers') ??
        clamp(Math.floor(Math.min(cores, carried) / 4), 3, MOST_IO_WORKERS));
  return {
    parallelWorkers,
    workerProcesses,
    autovacuumWorkers,
    walSenders,
    ioWorkers,
    workers: workerProcesses + autovacuumWorkers,
    own: AUXILIARY + walSenders + ioWorkers,
  };
}
