import { memory } from './amount.ts';
import type { SettingRow } from './facts.ts';
import type { MemoryPlan } from './plan-memory.ts';

/** Superusers get in however many clients there are: those are PostgreSQL's own three. */
const SUPERUSERS = '3';

/** Memory, sessions and the processes beside them. */
export function memoryRows(plan: MemoryPlan, cores: number): readonly SettingRow[] {
  const perQuery = String(Math.min(4, Math.floor(cores / 2)));
  return [
    {
      name: 'max_connections',
      value: String(plan.maxConnections),
      why: 'some tens for each core do the work; a pool lets more clients share them, memory bounds them',
    },
    {
      name: 'superuser_reserved_connections',
      value: SUPERUSERS,
      why: 'the host settles itself, and you get in, while clients hold all others',
    },
    {
      name: 'shared_buffers',
      value: memory(plan.sharedBuffersBytes),
      why: 'a quarter of what others on the machine leave',
    },
    {
      name: 'huge_pages',
      value: 'try',
      why: 'else each session keeps page tables of its own, 1/512 of what it touches; the host reserves the pages',
    },
    {
      name: 'effective_cache_size',
      value: memory(plan.effectiveCacheBytes),
      why: 'three quarters: what buffers and page cache hold together; it allocates nothing',
    },
    {
      name: 'work_mem',
      value: memory(plan.workMemBytes),
      why: 'half of what is left, over all sessions and parallel workers with one hash or two sorts each',
    },
    {
      name: 'hash_mem_multiplier',
      value: String(plan.hashMemMultiplier),
      why: 'the sum of all memory counts on it',
    },
    {
      name: 'maintenance_work_mem',
      value: memory(plan.maintenanceBytes),
      why: '1/32, at most 2 GiB: building an index gains little from more',
    },
    {
      name: 'autovacuum_work_mem',
      value: memory(plan.autovacuumBytes),
      why: '1/64 for each worker, so that one pass over the indexes suffices',
    },
    {
      name: 'max_worker_processes',
      value: String(plan.workerProcesses),
      why: 'parallel workers, and four for extensions and logical replication',
    },
    {
      name: 'max_parallel_workers',
      value: String(plan.parallelWorkers),
      why: 'one for each core',
    },
    {
      name: 'max_parallel_workers_per_gather',
      value: perQuery,
      why: 'half of the cores, at most 4: one query must not take them all; none with one core',
    },
    {
      name: 'max_parallel_maintenance_workers',
      value: perQuery,
      why: 'the same for an index that is built',
    },
  ];
}
