import type { ConnectionOptions } from './connection.ts';
import { type Session, type SessionOptions, withSession } from './sql-session.ts';

/** Text that sorts another way than when its indexes were built. */
export interface CollationChange {
  readonly kind: 'database' | 'collation';
  /** The database whose default it is, or that the collation is in. */
  readonly database: string;
  /** Name of the database, or of the collation with its schema, quoted where it must be. */
  readonly name: string;
  /** Version that the indexes were built with. */
  readonly recorded: string;
  /** Version of the same collation in this server; absent when this server cannot tell. */
  readonly actual: string | undefined;
}

interface ChangeRow extends Omit<CollationChange, 'actual'> {
  readonly actual: string | null;
}

/**
 * Databases, all of them, and collations that something in the session's own database depends on, whose
 * version is another one than the recorded: their indexes may miss rows and let duplicates in.
 *
 * Nothing was recorded for collations that cannot change, such as `C`.
 *
 * @see https://www.postgresql.org/docs/current/sql-altercollation.html and sql-alterdatabase.html
 */
export async function findCollationChanges(sql: Session): Promise<readonly CollationChange[]> {
  // There are hundreds of collations that nothing uses; to ask for a version is not cheap.
  const rows = await sql<ChangeRow[]>`
    WITH used AS MATERIALIZED (
           SELECT c.oid, format('%I.%I', nspname, collname) AS name, collversion
             FROM pg_collation c JOIN pg_namespace n ON n.oid = collnamespace
            WHERE collversion IS NOT NULL
              AND EXISTS (SELECT FROM pg_depend
                           WHERE refclassid = 'pg_collation'::regclass AND refobjid = c.oid)),
         seen AS (
           SELECT 'database' AS kind, datname::text AS database, quote_ident(datname) AS name,
                  datcollversion AS recorded,
                  pg_database_collation_actual_version(oid) AS actual
             FROM pg_database
           UNION ALL
           SELECT 'collation', current_database()::text, name, collversion,
                  pg_collation_actual_version(oid)
             FROM used)
    SELECT * FROM seen
     WHERE recorded IS NOT NULL AND recorded IS DISTINCT FROM actual
     ORDER BY kind DESC, name`;
  return rows.map(({ actual, ...row }) => ({ ...row, actual: actual ?? undefined }));
}

/**
 * {@link findCollationChanges} in every database that takes connections.
 *
 * @throws {@link OpsError} as {@link withSession}.
 */
export async function findAllCollationChanges(
  connection: ConnectionOptions,
  options: SessionOptions = {},
): Promise<readonly CollationChange[]> {
  const names = await withSession(connection, options, async (sql) => {
    const rows = await sql<{ name: string }[]>`
      SELECT datname AS name FROM pg_database WHERE datallowconn ORDER BY datname`;
    return rows.map(({ name }) => name);
  });
  const found: CollationChange[] = [];
  for (const database of names) {
    const changes = await withSession({ ...connection, database }, options, findCollationChanges);
    // Each of them sees all databases.
    const isFirst = found.length === 0 && database === names[0];
    found.push(...changes.filter(({ kind }) => kind === 'collation' || isFirst));
  }
  return found;
}
