import { onlyRow, type Session } from './sql-session.ts';

/**
 * Whether the server has loaded pg_stat_statements, but the session's database has no view of it.
 *
 * @see https://www.postgresql.org/docs/current/pgstatstatements.html
 */
export async function lacksStatementStatistics(sql: Session): Promise<boolean> {
  // A preloaded library may be named with its folder.
  const rows = await sql<{ lacks: boolean }[]>`
    SELECT current_setting('shared_preload_libraries') ~ '(^|[ ,/"])pg_stat_statements($|[ ,."])'
       AND to_regnamespace('public') IS NOT NULL
       AND EXISTS (
         SELECT FROM pg_available_extensions
          WHERE name = 'pg_stat_statements' AND installed_version IS NULL) AS lacks`;
  return onlyRow(rows).lacks;
}

/** Creates the extension where {@link lacksStatementStatistics}. */
export async function ensureStatementStatistics(sql: Session): Promise<'created' | 'present'> {
  if (!(await lacksStatementStatistics(sql))) return 'present';
  // The schema is named: the first of the search path may be the superuser's own.
  await sql`CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public`;
  return 'created';
}
