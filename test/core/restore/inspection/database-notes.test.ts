import { describe, expect, test } from 'vitest';
import type { CatalogedDatabase } from '../../../../lib/core/ports/stopped-server.ts';
import { databaseNotes } from '../../../../lib/core/restore/inspection/database-notes.ts';

const database = (
  name: string,
  recordedVersion: string | undefined,
  actualVersion: string | undefined,
  locale = 'en_US.UTF-8',
): CatalogedDatabase => ({ name, connectable: true, locale, recordedVersion, actualVersion });
const contents = { changedCollations: [], unloggedTables: [], unloggedCount: 0 };

describe('databaseNotes', () => {
  test('is silent when nothing changed', () => {
    const databases = [
      database('same', '2.36', '2.36'),
      database('unversioned', undefined, undefined, 'C'),
      database('first', undefined, '2.36'),
    ];
    const looks = [{ database: 'same', contents }];
    expect(databaseNotes({ databases, looks, unseenCount: 0 })).toEqual([]);
  });

  test('says once for all databases which version became which', () => {
    const databases = [
      database('a', '2.31', '2.36'),
      database('b', '2.31', '2.36'),
      database('c', '153.14', undefined, 'sv'),
    ];
    const notes = databaseNotes({ databases, looks: [], unseenCount: 0 });
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain(
      'the indexes of "a", "b" were built with collation version 2.31 of locale "en_US.UTF-8", which is 2.36 here',
    );
    expect(notes[1]).toContain('of "c" were built with collation version 153.14');
    expect(notes[1]).toContain('which has no version here');
  });

  test('names ten unlogged tables and counts the others', () => {
    const looks = [
      {
        database: 'a',
        contents: { ...contents, unloggedTables: ['s.t', 's.u'], unloggedCount: 5 },
      },
    ];
    const [note] = databaseNotes({ databases: [], looks, unseenCount: 0 });
    expect(note).toMatch(/"a" are empty, .*: s\.t, s\.u and 3 more$/);
  });

  test('says what was not looked into, and why', () => {
    const looks = [{ database: 'a', refusal: 'the locale is not here' }];
    const notes = databaseNotes({ databases: [], looks, unseenCount: 7 });
    expect(notes[0]).toContain('"a" cannot be opened here: the locale is not here: make that');
    expect(notes[1]).toContain('not looked into, to save time: 7;');
  });

  test('hands nothing to the terminal that it would obey', () => {
    const databases = [database('\u001B[2Jgone\n', '1', '2')];
    const [note] = databaseNotes({ databases, looks: [], unseenCount: 0 });
    expect(note).toContain('"?[2Jgone?"');
  });
});
