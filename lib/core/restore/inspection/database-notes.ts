import type { CatalogedDatabase, DatabaseContents } from '../../ports/stopped-server.ts';

/** A database that could be opened, or why it could not. */
export type DatabaseLook =
  | { readonly database: string; readonly contents: DatabaseContents }
  | { readonly database: string; readonly refusal: string };

/** What was found in the databases of a recovered server. */
export interface DatabaseFindings {
  readonly databases: readonly CatalogedDatabase[];
  readonly looks: readonly DatabaseLook[];
  /** Databases for which there was no time. */
  readonly unseenCount: number;
}

/**
 * What an operator should know of the databases, in sentences.
 *
 * @see https://www.postgresql.org/docs/current/sql-alterdatabase.html and sql-altercollation.html for
 *   what to do about another version of a collation
 */
export function databaseNotes({
  databases,
  looks,
  unseenCount,
}: DatabaseFindings): readonly string[] {
  return [
    ...looks.flatMap(refusalNotes),
    ...versionNotes(databases),
    ...looks.flatMap(collationNotes),
    ...looks.flatMap(unloggedNotes),
    ...(unseenCount === 0
      ? []
      : [
          `databases that were not looked into, to save time: ${unseenCount}; check their collations`,
        ]),
  ];
}

function refusalNotes(look: DatabaseLook): string[] {
  if (!('refusal' in look)) return [];
  const { database, refusal } = look;
  const remedy = refusal.includes('locale') ? ': make that locale on this machine first' : '';
  return [`database ${quoted(database)} cannot be opened here: ${printable(refusal)}${remedy}`];
}

/** One sentence for all databases with the same two versions of the same locale. */
function versionNotes(databases: readonly CatalogedDatabase[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { name, locale, recordedVersion, actualVersion } of databases) {
    if (recordedVersion === undefined || recordedVersion === actualVersion) continue;
    const here = actualVersion === undefined ? 'has no version here' : `is ${actualVersion} here`;
    const change = `collation version ${recordedVersion} of locale ${quoted(locale)}, which ${here}`;
    names.set(change, [...(names.get(change) ?? []), quoted(name)]);
  }
  return [...names].map(
    ([change, affected]) =>
      `the indexes of ${affected.join(', ')} were built with ${change}, so they may miss rows: in each ` +
      'database run "REINDEX DATABASE", then "ALTER DATABASE … REFRESH COLLATION VERSION"',
  );
}

function collationNotes(look: DatabaseLook): string[] {
  if (!('contents' in look) || look.contents.changedCollations.length === 0) return [];
  const names = look.contents.changedCollations.map(printable).join(', ');
  return [
    `database ${quoted(look.database)} uses collations that have another version here: ${names}: ` +
      'REINDEX what depends on them, then "ALTER COLLATION … REFRESH VERSION"',
  ];
}

/** @see PostgreSQL ResetUnloggedRelations, src/backend/storage/file/reinit.c */
function unloggedNotes(look: DatabaseLook): string[] {
  if (!('contents' in look) || look.contents.unloggedCount === 0) return [];
  const { unloggedTables, unloggedCount } = look.contents;
  const more = unloggedCount - unloggedTables.length;
  const names = unloggedTables.map(printable).join(', ') + (more === 0 ? '' : ` and ${more} more`);
  return [
    `unlogged tables of database ${quoted(look.database)} are empty, as after a crash: ${names}`,
  ];
}

function quoted(name: string): string {
  return `"${printable(name)}"`;
}

/** A name may hold anything, such as what a terminal would obey. */
function printable(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, '?');
}
