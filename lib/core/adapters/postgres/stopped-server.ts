import { z } from 'zod';
import type { StartOptions } from '../../ports/postgres-instance.ts';
import type { StoppedCall, StoppedServer } from '../../ports/stopped-server.ts';
import { dataDirectoryOwner } from './data-directory-owner.ts';
import { runTool } from './run-tool.ts';
import { serverArguments } from './server-process.ts';

/** Which stopped server, and what it is to run with. */
export type StoppedServerOptions = Omit<StartOptions, 'logFile' | 'signal'>;

const Version = z
  .string()
  .nullable()
  .transform((version) => version ?? undefined);
const Database = z.object({
  name: z.string(),
  connectable: z.boolean(),
  locale: z.string(),
  recordedVersion: Version,
  actualVersion: Version,
});
const Contents = z.object({
  changedCollations: z.array(z.string()),
  unloggedTables: z.array(z.string()),
  unloggedCount: z.int(),
});

/** Each is one line: a line's end is the end of a statement. ICU's locale is named as in 15 or as since 17. */
const DATABASES = oneLine(`
  SELECT jsonb_build_object(
           'name', datname,
           'connectable', datallowconn,
           'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', datcollate),
           'recordedVersion', datcollversion,
           'actualVersion', pg_database_collation_actual_version(oid)) AS line
    FROM pg_database d
   ORDER BY datname
   LIMIT 1000`);
/** Only of collations that something depends on is the version asked for: there are hundreds of others. */
const CONTENTS = oneLine(`
  WITH used AS MATERIALIZED (
         SELECT c.oid, format('%I.%I', nspname, collname) AS name, collversion
           FROM pg_collation c JOIN pg_namespace n ON n.oid = collnamespace
          WHERE EXISTS (SELECT FROM pg_depend
                         WHERE refclassid = 'pg_collation'::regclass AND refobjid = c.oid)),
       unlogged AS (
         SELECT format('%I.%I', nspname, relname) AS name
           FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
          WHERE relpersistence = 'u' AND relkind = 'r')
  SELECT jsonb_build_object(
           'changedCollations', ARRAY(SELECT name FROM used
                                       WHERE collversion <> pg_collation_actual_version(oid)
                                       ORDER BY name),
           'unloggedTables', ARRAY(SELECT name FROM unlogged ORDER BY name LIMIT 10),
           'unloggedCount', (SELECT count(*) FROM unlogged)) AS line`);

/**
 * How a server without a postmaster prints a text column named "line"; quotes in it are not escaped.
 *
 * @see PostgreSQL printatt, src/backend/access/common/printtup.c
 */
const LINE = /^\t 1: line = "(.*)"\t\(typeid = \d+, /gm;

/**
 * A stopped server, read in PostgreSQL's single-user mode: no socket, no background process, no login
 * trigger, none of the settings that an owner gave a database, such as a search path with functions of
 * his own, and a superuser whose name need not be known.
 *
 * @see https://www.postgresql.org/docs/current/app-postgres.html#APP-POSTGRES-SINGLE-USER and
 *   PostgreSQL process_settings, src/backend/utils/init/postinit.c
 */
export function openStoppedServer(postgres: string, options: StoppedServerOptions): StoppedServer {
  const rows = async (
    database: string,
    statement: string,
    call: StoppedCall,
  ): Promise<readonly unknown[]> => {
    const owner = await dataDirectoryOwner(options.dataDirectory);
    const settings = { ...options.settings, exit_on_error: 'on' };
    const args = ['--single', ...serverArguments({ ...options, settings }), '--', database];
    const text = await runTool(postgres, args, { ...call, owner, input: `${statement}\n` });
    return [...text.matchAll(LINE)].map(([, line]): unknown => JSON.parse(line ?? ''));
  };
  return {
    databases: async (database, call) =>
      z.array(Database).parse(await rows(database, DATABASES, call)),
    contents: async (database, call) =>
      z.tuple([Contents]).parse(await rows(database, CONTENTS, call))[0],
  };
}

function oneLine(statement: string): string {
  return `${statement.replaceAll(/\s+/g, ' ').trim()};`;
}
