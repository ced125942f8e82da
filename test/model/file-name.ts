/**
 * Name of segment `number`, worked out without the engine's own code.
 *
 * @see PostgreSQL XLogFileName, src/include/access/xlog_internal.h
 */
export function fileName(timeline: number, number: bigint, segmentBytes: bigint): string {
  const perId = 2n ** 32n / segmentBytes;
  const words = [BigInt(timeline), number / perId, number % perId];
  return words.map((word) => word.toString(16).toUpperCase().padStart(8, '0')).join('');
}
