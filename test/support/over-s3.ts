/**
 * Integration tests that run once more with their stores in S3: those in which the engine does to a
 * store all that it ever does, and meets one that is away, closed, damaged or contradicts it.
 *
 * Left out are tests of a folder store's own files (`archive-contract`, `cli-*-refusals`, `doctor`,
 * `restore-by-hand`, `status-watch`, and the guides' commands), those that are about the spool or
 * the server alone (`archive-contract-s*`, `postgres-*`, `server-*`, `wal-records` and the like),
 * and, for their time, more recoveries and second servers, which ask of the store what these ask.
 */
export const OVER_S3: readonly string[] = [
  'agent-crash',
  'agent-files',
  'agent-outage',
  'agent-refusals',
  'agent-shipping',
  'archive-contract-restore',
  'base-backup',
  'base-backup-failures',
  'cli-contract',
  'copied-archive',
  'model',
  'protect-again',
  'put-back',
  'recover-again',
  'recover-faults',
  'recover-in-place',
  'recover-timelines',
  'take-over',
];
