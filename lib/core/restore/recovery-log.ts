import { parseTargetTime, type TargetTime } from './target-time.ts';

/** What the log of a recovering server tells; its messages are in English, its times in UTC. */

/**
 * The last transaction that was replayed; `undefined` when none was.
 *
 * @see PostgreSQL PerformWalRecovery, src/backend/access/transam/xlogrecovery.c
 */
export function lastTransactionTime(log: string): TargetTime | undefined {
  const times = log.matchAll(/LOG: {2}last completed transaction was at log time (.+)$/gm);
  const text = [...times].at(-1)?.[1];
  return text === undefined ? undefined : parseTargetTime(text);
}

/** The message with which the server gave up; `undefined` when it said nothing. */
export function lastFatal(log: string): string | undefined {
  return [...log.matchAll(/ (?:FATAL|PANIC): {2}(.+)$/gm)].at(-1)?.[1];
}
