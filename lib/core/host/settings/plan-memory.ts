import type { SettingValues } from '../../config/host-config.ts';
import { clamp, GIB, KIB, MIB, wholeMiB } from './amount.ts';
import type { SettingsFacts } from './facts.ts';
import { given } from './given.ts';
import { planProcesses, type Processes } from './plan-processes.ts';

/** One thing that may take memory, at its most. */
export interface MemoryPart {
  readonly what: string;
  readonly bytes: number;
}

/** How a host's memory is divided. What is left of it is the page cache's. */
export interface MemoryPlan extends Processes {
  readonly sharedBuffersBytes: number;
  readonly effectiveCacheBytes: number;
  readonly maxConnections: number;
  readonly workMemBytes: number;
  readonly hashMemMultiplier: number;
  readonly maintenanceBytes: number;
  readonly autovacuumBytes: number;
  /** All that is promised; without overrides its sum is at most the host's memory. */
  readonly promised: readonly MemoryPart[];
}

/** Kernel, docker, AWS's own agent, and Holdfast's with its 300 MB. */
const OTHERS_BYTES = 512 * MIB;
/** What the kernel keeps books about grows with the machine. */
const OTHERS_SHARE = 1 / 32;
/** Of a machine that is too small for all that. */
const OTHERS_AT_MOST = 3 / 8;
/** Of what those leave. */
const BUFFERS_SHARE = 1 / 4;
/** Private memory of a session that knows 300 tables, without its work_mem: 7.3 MiB were measured. */
const SESSION_BYTES = 8 * MIB;
/** Of a worker, which knows what it works on. */
const WORKER_BYTES = 3 * MIB;
/** Of a process of the server's own: up to 1.1 MiB, of those that send WAL. */
const PROCESS_BYTES = 1.25 * MIB;
/** Shared memory besides the buffers, measured on 15 and 18: tables of locks, WAL and SLRU buffers, statistics. */
const SHARED_BYTES = 32 * MIB;
const SHARED_OF_BUFFERS = 1 / 32;
const SHARED_OF_CONNECTION = 96 * KIB;
const LEAST_WORK = MIB;
const MOST_WORK = GIB;
/** What the server's own people and a pool need to work at all. */
const LEAST_CONNECTIONS = 10;
/** A tree of row versions holds more in less since 17; before it, an array of at most 1 GiB. */
const TIDS_IN_A_TREE_SINCE = 17;

/**
 * Divides a host's memory. The promise, all at once:
 *
 *     memory ≥ others + shared memory
 *            + max_connections × (session + hash_mem_multiplier × work_mem)
 *            + max_parallel_workers × hash_mem_multiplier × work_mem
 *            + processes + workers + autovacuum_max_workers × autovacuum_work_mem
 *            + maintenance_work_mem
 *
 * An overridden value is taken as it is, and the others make do with what it leaves; the inequality
 * may break then.
 */
export function planMemory(facts: SettingsFacts, overrides: SettingValues): MemoryPlan {
  const { bytes, count } = given(overrides);
  const { memoryBytes, major } = facts;
  const others = Math.min(OTHERS_BYTES + memoryBytes * OTHERS_SHARE, memoryBytes * OTHERS_AT_MOST);
  const budget = memoryBytes - others;
  const processes = planProcesses(facts, overrides);
  const sharedBuffersBytes = bytes('shared_buffers') ?? wholeMiB(budget * BUFFERS_SHARE);
  const maintenanceBytes =
    bytes('maintenance_work_mem') ?? wholeMiB(clamp(memoryBytes / 32, 16 * MIB, 2 * GIB));
  const autovacuumBytes =
    chosenAutovacuum(bytes('autovacuum_work_mem'), maintenanceBytes) ??
    wholeMiB(clamp(memoryBytes / 64, 8 * MIB, major >= TIDS_IN_A_TREE_SINCE ? GIB / 2 : GIB));
  const hashMemMultiplier = count('hash_mem_multiplier') ?? 2;
  const fixed: readonly MemoryPart[] = [
    { what: 'others on the machine', bytes: others },
    { what: 'shared_buffers', bytes: sharedBuffersBytes },
    {
      what: 'shared memory besides',
      bytes: SHARED_BYTES + sharedBuffersBytes * SHARED_OF_BUFFERS,
    },
    { what: 'processes of the server', bytes: processes.own * PROCESS_BYTES },
    { what: 'workers', bytes: processes.workers * WORKER_BYTES },
    { what: 'autovacuum', bytes: processes.autovacuumWorkers * autovacuumBytes },
    { what: 'one session that builds an index', bytes: maintenanceBytes },
  ];
  const left = memoryBytes - sum(fixed);
  const perConnection = SESSION_BYTES + SHARED_OF_CONNECTION;
  const forWorkers = processes.parallelWorkers * hashMemMultiplier * LEAST_WORK;
  const carried = (left - forWorkers) / (perConnection + hashMemMultiplier * LEAST_WORK);
  const maxConnections =
    count('max_connections') ??
    Math.max(LEAST_CONNECTIONS, Math.floor(Math.min(wished(facts), carried)));
  const uses = hashMemMultiplier * (maxConnections + processes.parallelWorkers);
  // The other half stays the page cache's, however much the sessions take.
  const half = (left - maxConnections * perConnection) / 2;
  const workMemBytes =
    bytes('work_mem') ?? wholeMiB(clamp(half / Math.max(1, uses), LEAST_WORK, MOST_WORK));
  return {
    ...processes,
    sharedBuffersBytes,
    effectiveCacheBytes: wholeMiB(Math.min((memoryBytes * 3) / 4, budget)),
    maxConnections,
    workMemBytes,
    hashMemMultiplier,
    maintenanceBytes,
    autovacuumBytes,
    promised: [
      ...fixed,
      { what: 'sessions', bytes: maxConnections * perConnection },
      { what: 'their sorts and hashes, and those of parallel workers', bytes: uses * workMemBytes },
    ],
  };
}

/** All that a plan promises, in bytes. */
export function promisedBytes({ promised }: MemoryPlan): number {
  return sum(promised);
}

/** Few when clients share them: past some tens for each core, more of them do not do more. */
function wished({ maxConnections, pooled, cores }: SettingsFacts): number {
  if (maxConnections !== undefined) return maxConnections;
  return pooled ? Math.min(20 + 10 * cores, 500) : clamp(25 * cores, 100, 1_000);
}

/** Less than 0 stands for maintenance_work_mem. */
function chosenAutovacuum(bytes: number | undefined, maintenanceBytes: number): number | undefined {
  return bytes !== undefined && bytes < 0 ? maintenanceBytes : bytes;
}

function sum(parts: readonly MemoryPart[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
