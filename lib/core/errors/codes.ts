/**
 * Every code an operator can meet, with the exit status of a command that ends with it.
 *
 * A code is a contract: alarms, runbook anchors and tests key on it, so it is never renamed, and a
 * status is never given to another code. Statuses stay within 25–125: above that PostgreSQL's
 * archiver would end instead of counting a failed attempt.
 *
 * `retryable` says whether the same call may succeed later without anyone changing anything.
 */
export const ERROR_CODES = {
  'CONFIG-INVALID': { exitCode: 25, retryable: false },
  'CONFIG-EVENT': { exitCode: 26, retryable: false },

  'AWS-FAILED': { exitCode: 30, retryable: true },
  'AWS-DENIED': { exitCode: 31, retryable: false },
  'AWS-ABSENT': { exitCode: 32, retryable: false },

  'VAULT-KEY': { exitCode: 35, retryable: false },
  'VAULT-SEALED': { exitCode: 36, retryable: false },
  'VAULT-HIDDEN': { exitCode: 37, retryable: false },
  'VAULT-LOCK': { exitCode: 38, retryable: false },

  'WAL-NAME': { exitCode: 40, retryable: false },
  'WAL-LSN': { exitCode: 41, retryable: false },
  'WAL-HISTORY': { exitCode: 42, retryable: false },
  'WAL-SEGMENT-SIZE': { exitCode: 43, retryable: false },
  'WAL-PAGE': { exitCode: 44, retryable: false },
  'WAL-CONFLICT': { exitCode: 45, retryable: false },
  'WAL-FENCED': { exitCode: 46, retryable: false },
  'WAL-IDENTITY': { exitCode: 47, retryable: false },
  'WAL-CHANGED': { exitCode: 48, retryable: true },
  'WAL-SPOOL': { exitCode: 49, retryable: false },
  'WAL-EXPIRED': { exitCode: 50, retryable: false },
  'WAL-ABSENT': { exitCode: 51, retryable: false },
  'WAL-GAP': { exitCode: 52, retryable: false },
  'WAL-DIVERGED': { exitCode: 53, retryable: false },
  'WAL-RESOLVE': { exitCode: 54, retryable: false },

  'STORE-URL': { exitCode: 55, retryable: false },
  'STORE-KEY': { exitCode: 56, retryable: false },
  'STORE-MISSING': { exitCode: 57, retryable: false },
  'STORE-DENIED': { exitCode: 58, retryable: false },
  'STORE-UNSAFE': { exitCode: 59, retryable: false },
  'STORE-TIMEOUT': { exitCode: 60, retryable: true },
  'STORE-UNAVAILABLE': { exitCode: 61, retryable: true },
  'STORE-ABSENT': { exitCode: 62, retryable: false },
  'STORE-CORRUPT': { exitCode: 63, retryable: false },
  'STORE-FORMAT': { exitCode: 64, retryable: false },
  'STORE-LEASE': { exitCode: 65, retryable: true },

  'CATALOG-CLUSTER': { exitCode: 66, retryable: false },
  'CATALOG-LINEAGE': { exitCode: 67, retryable: false },
  'CATALOG-BACKUP': { exitCode: 68, retryable: false },

  'BACKUP-BUSY': { exitCode: 70, retryable: true },
  'BACKUP-TIMEOUT': { exitCode: 71, retryable: true },
  'BACKUP-FAILED': { exitCode: 72, retryable: true },
  'BACKUP-TABLESPACE': { exitCode: 73, retryable: false },
  'BACKUP-ARCHIVING': { exitCode: 74, retryable: true },
  'BACKUP-TAR': { exitCode: 75, retryable: false },
  'BACKUP-MANIFEST': { exitCode: 76, retryable: false },
  'BACKUP-LABEL': { exitCode: 77, retryable: false },
  'BACKUP-ROOM': { exitCode: 78, retryable: true },
  'BACKUP-NOT-STARTED': { exitCode: 79, retryable: true },

  'RESTORE-TARGET': { exitCode: 80, retryable: false },
  'RESTORE-WINDOW': { exitCode: 81, retryable: false },
  'RESTORE-NOT-EMPTY': { exitCode: 82, retryable: false },
  'RESTORE-IN-USE': { exitCode: 83, retryable: false },
  'RESTORE-OWNER': { exitCode: 84, retryable: false },
  'RESTORE-WAL': { exitCode: 85, retryable: false },
  'RESTORE-ABORTED': { exitCode: 86, retryable: false },
  'RESTORE-MISMATCH': { exitCode: 87, retryable: false },
  'RESTORE-TIMEOUT': { exitCode: 88, retryable: true },
  'RESTORE-SPACE': { exitCode: 89, retryable: false },
  'RESTORE-IN-PLACE': { exitCode: 90, retryable: false },
  'RESTORE-ROLLBACK': { exitCode: 91, retryable: false },
  'RESTORE-TABLESPACE': { exitCode: 92, retryable: false },

  'PG-TOOLS': { exitCode: 95, retryable: false },
  'PG-VERSION': { exitCode: 96, retryable: false },
  'PG-CONNECT': { exitCode: 97, retryable: true },
  'PG-SETTINGS': { exitCode: 98, retryable: false },
  'PG-DATA-DIR': { exitCode: 99, retryable: false },
  'PG-FAILED': { exitCode: 100, retryable: false },
  'PG-TIMEOUT': { exitCode: 101, retryable: true },

  'HOST-LOST-DATA': { exitCode: 102, retryable: false },
  'HOST-SETTINGS': { exitCode: 103, retryable: false },
  'HOST-WINDOW': { exitCode: 104, retryable: false },
  'HOST-LOCK': { exitCode: 105, retryable: false },
  'HOST-IO': { exitCode: 106, retryable: true },
  'HOST-DENIED': { exitCode: 107, retryable: false },
  'HOST-ABSENT': { exitCode: 108, retryable: true },
  'HOST-VOLUME': { exitCode: 109, retryable: false },

  'AUDIT-FOUND': { exitCode: 93, retryable: false },

  'RETENTION-POLICY': { exitCode: 118, retryable: false },
  'RETENTION-CATALOGUE': { exitCode: 119, retryable: false },
  'RETENTION-HOLD': { exitCode: 120, retryable: false },
  'RETENTION-PLAN': { exitCode: 123, retryable: false },

  'HEALTH-FAILED': { exitCode: 124, retryable: false },
  'HEALTH-RESTING': { exitCode: 94, retryable: true },
  'HEALTH-UNAUTHORIZED': { exitCode: 125, retryable: false },
  'HEALTH-DIAGNOSIS': { exitCode: 39, retryable: true },

  'DEMO-FAILED': { exitCode: 110, retryable: false },
  'DOCTOR-FAILED': { exitCode: 111, retryable: false },
  'PAGE-FAILED': { exitCode: 112, retryable: true },
  'PAGE-UNKNOWN': { exitCode: 113, retryable: false },
  'HOST-CERTIFICATE': { exitCode: 114, retryable: false },
  'SECRET-FAILED': { exitCode: 115, retryable: true },
  'SECRET-MALFORMED': { exitCode: 116, retryable: false },
  'HOST-COMMAND': { exitCode: 117, retryable: false },
  ABORTED: { exitCode: 121, retryable: true },
  INTERNAL: { exitCode: 122, retryable: false },
} as const satisfies Readonly<Record<string, { exitCode: number; retryable: boolean }>>;

/** A stable code, `AREA-REASON`. */
export type ErrorCode = keyof typeof ERROR_CODES;
