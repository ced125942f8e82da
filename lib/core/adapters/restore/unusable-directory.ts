import { OpsError } from '../../errors/ops-error.ts';

/** `RESTORE-OWNER`: PostgreSQL's account cannot have its data directory at `place`. */
export function unusable(place: string, what: string, cause?: unknown): OpsError {
  return new OpsError('RESTORE-OWNER', `${place} ${what}`, {
    cause,
    hint: 'name a directory of PostgreSQL’s account, mode 0700, that it can reach and write',
    details: { dataDir: place },
  });
}
