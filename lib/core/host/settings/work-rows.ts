import type { SettingRow, SettingsFacts } from './facts.ts';
import type { Processes } from './plan-processes.ts';

/** What one worker of autovacuum may do by itself; the limit is divided among those that run. */
const COST_OF_A_WORKER = 200;
const IO_METHODS_SINCE = 18;

/** Autovacuum, the disk and the planner. */
export function workRows(
  { major }: SettingsFacts,
  { autovacuumWorkers, ioWorkers }: Processes,
): readonly SettingRow[] {
  const hasIoMethods = major >= IO_METHODS_SINCE;
  return [
    {
      name: 'autovacuum_max_workers',
      value: String(autovacuumWorkers),
      why: "PostgreSQL's own 3, and one more for every 8 cores, at most 8",
    },
    {
      name: 'autovacuum_vacuum_cost_limit',
      value: String(COST_OF_A_WORKER * autovacuumWorkers),
      why: 'divided among the workers that run: each keeps the speed that one alone has by default',
    },
    {
      name: 'autovacuum_vacuum_scale_factor',
      value: '0.05',
      why: 'a fifth of a large table, the default, is too much to find in one go',
    },
    {
      name: 'autovacuum_vacuum_insert_scale_factor',
      value: '0.05',
      why: 'the same for tables that only grow: their pages are frozen in small portions',
    },
    {
      name: 'autovacuum_analyze_scale_factor',
      value: '0.02',
      why: 'plans of a growing table rest on fresh statistics',
    },
    {
      name: 'random_page_cost',
      value: '1.1',
      why: 'an SSD reads any page almost as fast as the next one',
    },
    {
      name: 'effective_io_concurrency',
      value: hasIoMethods ? '64' : '200',
      why: 'a network SSD answers in about a millisecond, so many reads must be under way at once',
    },
    {
      name: 'maintenance_io_concurrency',
      value: hasIoMethods ? '64' : '200',
      why: 'the same for vacuum and the replay of WAL',
    },
    ...(hasIoMethods
      ? [
          {
            name: 'io_method',
            value: 'worker',
            why: "io_uring is forbidden by docker's own profile of system calls",
          },
          {
            name: 'io_workers',
            value: String(ioWorkers),
            why: "PostgreSQL's own 3, or one for every 4 cores",
          },
        ]
      : []),
    {
      name: 'jit',
      value: 'off',
      why: 'compiling costs short queries more than it gives them, whenever an estimate is wrong; turn it on for analytics',
    },
    {
      name: 'idle_in_transaction_session_timeout',
      value: '1h',
      why: 'a forgotten transaction keeps vacuum from every table; none is idle for an hour on purpose',
    },
    {
      name: 'tcp_keepalives_idle',
      value: '60',
      why: "seconds: a client whose machine is gone frees its connection in two minutes, not in the kernel's two hours",
    },
    {
      name: 'tcp_keepalives_interval',
      value: '10',
      why: 'seconds between two probes of such a client',
    },
    {
      name: 'tcp_keepalives_count',
      value: '6',
      why: 'probes without an answer until it counts as gone',
    },
    {
      name: 'shared_preload_libraries',
      value: 'pg_stat_statements',
      why: 'which statements take the time; CREATE EXTENSION shows it',
    },
    {
      name: 'track_io_timing',
      value: 'on',
      why: 'how long reads and writes take; the clock of these machines costs nanoseconds',
    },
    {
      name: 'timezone',
      value: 'UTC',
      why: "initdb's own choice stands in a file that a host does not read",
    },
    {
      name: 'default_text_search_config',
      value: 'pg_catalog.english',
      why: 'what initdb chooses for its locale on a host',
    },
  ];
}
