const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1536` as `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  // What would be rounded up to 1024 is already one of the next unit.
  const fits = BYTE_UNITS.findIndex((_, power) => bytes < 1023.95 * 1024 ** power);
  const power = fits === -1 ? BYTE_UNITS.length - 1 : fits;
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${BYTE_UNITS[power]}`;
}

/** Seconds for people: `850 ms`, `12.3 s`, `4 min 05 s`, `3 h 20 min`. */
export function formatSeconds(seconds: number): string {
  const millis = Math.round(seconds * 1_000);
  if (millis < 1_000) return `${millis} ms`;
  if (millis < 59_950) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `1 segment`, `2 segments`. */
export function countSegments(count: number): string {
  return count === 1 ? '1 segment' : `${count} segments`;
}

/** A time in UTC to the second. */
export function formatTime(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

/** Columns padded to the widest cell; the first row is the head. */
export function formatTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
