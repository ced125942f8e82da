import type { PostgresInstance } from '../../ports/postgres-instance.ts';
import { findPrograms, type FindRequest } from './find-programs.ts';
import { createPostgresInstance } from './postgres-instance.ts';

/**
 * PostgreSQL on this machine: PGBIN, else PATH, else where packages put it (newest first).
 *
 * @throws {@link OpsError} `PG-VERSION`, `PG-TOOLS`, as {@link findPrograms}.
 */
export async function findPostgres(request: FindRequest = {}): Promise<PostgresInstance> {
  return createPostgresInstance(await findPrograms(request));
}
