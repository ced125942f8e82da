/** Settings of a server whose log {@link archiveCommandTimes} can read, with `log_min_messages=debug3`. */
export const LOG_SETTINGS = { log_line_prefix: '%n %p ' };

const LINE =
  /^(\d+\.\d+) (\d+) (DEBUG): {2}(executing archive command|archived write-ahead log file)/;

/**
 * Milliseconds that PostgreSQL's archiver spent in each archive_command that succeeded, to the millisecond.
 *
 * @see PostgreSQL shell_archive_file, src/backend/archive/shell_archive.c (pgarch.c before 15): it logs
 *   just before it starts the command, and once that has succeeded.
 */
export function archiveCommandTimes(log: string): readonly number[] {
  const times: number[] = [];
  let startedSec: number | undefined;
  for (const line of log.split('\n')) {
    const [, seconds, , , what] = LINE.exec(line) ?? [];
    if (seconds === undefined) continue;
    if (what === 'executing archive command') startedSec = Number(seconds);
    else if (startedSec !== undefined) times.push((Number(seconds) - startedSec) * 1_000);
  }
  return times;
}
