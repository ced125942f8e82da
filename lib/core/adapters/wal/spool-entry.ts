/** Names inside a spool. The archive script knows them too. */
export const SpoolEntry = {
  /** One folder per life of the postmaster, one empty file per acknowledgement. */
  ACKNOWLEDGED: 'acknowledged',
  HEARTBEAT: 'heartbeat',
  /** System identifier of the server it belongs to. */
  IDENTITY: 'identity',
  SCRIPT: 'archive-command',
  ONE_SHOT: 'one-shot',
} as const;
