import type { SettingRow } from './facts.ts';

/** What the server logs, and where: docker takes it from there. */
export const LOG_ROWS: readonly SettingRow[] = [
  { name: 'log_destination', value: 'stderr', why: 'docker keeps it, bounded, or passes it on' },
  { name: 'logging_collector', value: 'off', why: 'no log files beside the data' },
  {
    name: 'log_line_prefix',
    value: '%m [%p] %e %q%u@%d %a ',
    why: 'when, which process, with which SQLSTATE, who, where, and by which program',
  },
  { name: 'log_timezone', value: 'UTC', why: 'as all other logs' },
  { name: 'lc_messages', value: 'C', why: 'English, as the runbook quotes it' },
  {
    name: 'log_checkpoints',
    value: 'on',
    why: 'tells a busy disk from a max_wal_size that is too small',
  },
  {
    name: 'log_autovacuum_min_duration',
    value: '10s',
    why: 'a vacuum that takes longer is worth a line',
  },
  { name: 'log_lock_waits', value: 'on', why: 'who waits for whom for more than a second' },
  { name: 'log_min_duration_statement', value: '2s', why: 'slow statements, not all of them' },
  {
    name: 'log_parameter_max_length',
    value: '0',
    why: "their parameters are people's data, and logs travel further than tables",
  },
  {
    name: 'log_parameter_max_length_on_error',
    value: '0',
    why: 'the same for statements that fail',
  },
  { name: 'log_temp_files', value: '100MB', why: 'a sort or hash that work_mem was too small for' },
  { name: 'log_connections', value: 'off', why: 'a pool and probes would fill the log' },
  { name: 'log_disconnections', value: 'off', why: 'the same at their end' },
];
