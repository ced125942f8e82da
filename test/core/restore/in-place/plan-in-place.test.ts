import { describe, expect, test } from 'vitest';
import type { ClusterSurvey, MovingDirectory } from '../../../../lib/core/ports/cluster-place.ts';
import {
  assertRooms,
  movesOf,
  planJournal,
  planRooms,
} from '../../../../lib/core/restore/in-place/plan-in-place.ts';
import { DATA, ID } from './sample-journal.ts';

const FACTS = { id: ID, timeline: 3, neededBytes: 1_000 };

function directory(path: string, changes: Partial<MovingDirectory> = {}): MovingDirectory {
  return { path, link: undefined, obstacle: undefined, device: '1', freeBytes: 100, ...changes };
}

function surveyOf(...targets: readonly MovingDirectory[]): ClusterSurvey {
  return { moving: [directory(DATA), ...targets], configuration: [] };
}

const WAL = directory('/wal/pg', { link: { name: 'pg_wal', text: '../wal' }, device: '2' });

describe('planJournal', () => {
  test('keeps every link with its text and its target', () => {
    const journal = planJournal(surveyOf(WAL), FACTS);
    expect(journal).toMatchObject({
      timeline: 3,
      phase: 'setting-aside',
      links: [{ name: 'pg_wal', text: '../wal', target: '/wal/pg' }],
    });
    expect(movesOf(journal)).toEqual([
      { from: DATA, to: `${DATA}.set-aside-${ID}` },
      { from: '/wal/pg', to: `/wal/pg.set-aside-${ID}` },
    ]);
  });

  test('refuses a directory that cannot be renamed, with the bytes of the other way', () => {
    const mounted = { ...WAL, obstacle: 'is a mount point' };
    expect(() => planJournal(surveyOf(mounted), FACTS)).toThrow(
      expect.objectContaining({
        code: 'RESTORE-IN-PLACE',
        details: { path: '/wal/pg', neededBytes: 1_000 },
      }),
    );
  });

  test('refuses a link that leads into the data directory', () => {
    const inside = { ...WAL, path: `${DATA}/elsewhere` };
    expect(() => planJournal(surveyOf(inside), FACTS)).toThrow(
      expect.objectContaining({ code: 'RESTORE-IN-PLACE' }),
    );
  });
});

describe('room', () => {
  test('adds up by file system; a path that does not move counts as the data directory', () => {
    const needs = [
      { path: DATA, bytes: 60 },
      { path: '/wal/pg', bytes: 50 },
      { path: '/somewhere', bytes: 30 },
    ];
    const rooms = planRooms(surveyOf(WAL), needs);
    expect(rooms).toEqual([
      { path: DATA, neededBytes: 90, freeBytes: 100 },
      { path: '/wal/pg', neededBytes: 50, freeBytes: 100 },
    ]);
    expect(() => assertRooms(rooms)).not.toThrow();
  });

  test('is refused with the bytes that are missing', () => {
    const rooms = planRooms(surveyOf(WAL), [{ path: '/wal/pg', bytes: 130 }]);
    expect(() => assertRooms(rooms)).toThrow(
      expect.objectContaining({
        code: 'RESTORE-SPACE',
        details: { path: '/wal/pg', missingBytes: 30, neededBytes: 130 },
      }),
    );
  });
});
