import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors/codes.ts';

const CODES: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(ERROR_CODES).map(([code, { exitCode }]) => [exitCode, code as ErrorCode]),
);

/**
 * What a command ended with: `undefined` for success, and for the end by a signal; `INTERNAL` for a
 * status that has no code, too.
 */
export function codeOfStatus(status: number | undefined): ErrorCode | undefined {
  if (status === undefined || status === 0) return undefined;
  return CODES.get(status) ?? 'INTERNAL';
}
