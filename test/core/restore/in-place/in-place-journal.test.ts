import { z } from 'zod';
import { expect, test } from 'vitest';
import {
  inPlaceId,
  InPlaceJournal,
} from '../../../../lib/core/restore/in-place/in-place-journal.ts';
import { journalIn, RESULT } from './sample-journal.ts';

test('is read as it was written', () => {
  const journal = { ...journalIn('recovering'), followed: 1, result: RESULT };
  const text = JSON.stringify(z.encode(InPlaceJournal, journal));
  expect(z.decode(InPlaceJournal, JSON.parse(text))).toEqual(journal);
});

test('takes no link but those that PostgreSQL makes, whose targets are absolute', () => {
  const isTaken = (link: InPlaceJournal['links'][number]): boolean =>
    InPlaceJournal.safeParse({ ...journalIn('recovering'), links: [link] }).success;
  expect(isTaken({ name: 'pg_wal', text: '../wal', target: '/wal' })).toBe(true);
  expect(isTaken({ name: 'pg_wal/../../etc', text: '/etc', target: '/etc' })).toBe(false);
  expect(isTaken({ name: 'pg_wal', text: 'wal', target: 'wal' })).toBe(false);
});

test('is named by its time, to the second', () => {
  expect(inPlaceId(new Date('2026-11-22T01:02:03.456Z'))).toBe('20261122T010203Z');
});
