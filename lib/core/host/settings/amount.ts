export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/**
 * Bytes, a multiple of 1 KiB, in the largest unit that leaves no fraction: as PostgreSQL shows them.
 *
 * @example memory(4 * GIB) // '4GB'
 */
export function memory(bytes: number): string {
  if (bytes % GIB === 0) return `${bytes / GIB}GB`;
  if (bytes % MIB === 0) return `${bytes / MIB}MB`;
  return `${bytes / KIB}kB`;
}

/** The largest multiple of 1 MiB that is not more. */
export function wholeMiB(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}

/** `value`, or the bound that it lies beyond. The lower one decides when the two contradict. */
export function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
