import { assert, integer, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNARCHIVED_CHECK } from '../../../../lib/core/health/checks/unarchived-wal.ts';
import type { Judgement } from '../../../../lib/core/health/judgement.ts';
import type { Known, ServerFacts } from '../../../../lib/core/health/known.ts';
import { knownServer } from './known-server.ts';

const NOW_SEC = 1_000_000;
const COUNTER = 'A4.allArchivedAtSec';
const settings = (timeoutSec: number): ServerFacts['settings'] =>
  new Map([
    ['archive_mode', 'on'],
    ['archive_timeout', String(timeoutSec)],
  ]);
const known = (seenAgoSec?: number, timeoutSec = 60): Known => ({
  ...knownServer({ settings: settings(timeoutSec) }),
  before:
    seenAgoSec === undefined
      ? undefined
      : { at: new Date(), counters: { [COUNTER]: NOW_SEC - seenAgoSec } },
});
const judge = (
  row: { readyAgo?: number; archivedAgo: number; newBytes: number },
  about: Known = known(),
): Judgement =>
  UNARCHIVED_CHECK.judge(
    [
      {
        readyAtSec: row.readyAgo === undefined ? 0 : NOW_SEC - row.readyAgo,
        archivedAtSec: NOW_SEC - row.archivedAgo,
        newBytes: String(row.newBytes),
        nowSec: NOW_SEC,
      },
    ],
    about,
  );
const seconds = ({ values }: Judgement): number => Number(values?.['UnarchivedWalSec']);

describe('A4 unarchived-wal', () => {
  test.each([
    ['nothing was written since', { archivedAgo: 9_000, newBytes: 164 }, undefined, 0],
    [
      'one waits, and nobody has looked',
      { archivedAgo: 9_000, newBytes: 0, readyAgo: 4 },
      undefined,
      64,
    ],
    ['all was archived at the last look', { archivedAgo: 9_000, newBytes: 8_192 }, 70, 70],
    ['a segment was archived since', { archivedAgo: 30, newBytes: 8_192 }, 9_000, 30],
    ['a segment waits', { archivedAgo: 1, newBytes: 0, readyAgo: 400 }, undefined, 400],
    ['one waits, and WAL before it too', { archivedAgo: 500, newBytes: 0, readyAgo: 4 }, 80, 80],
  ])('%s', (_, row, seenAgoSec, expected) => {
    expect(seconds(judge(row, known(seenAgoSec)))).toBe(expected);
  });

  test('is what the oldest work is at most old: never less than a segment has waited', () => {
    const ago = integer({ min: 0, max: 100_000 });
    assert(
      property(ago, ago, ago, nat(), (readyAgo, archivedAgo, seenAgo, newBytes) => {
        const told = seconds(judge({ readyAgo, archivedAgo, newBytes }, known(seenAgo)));
        expect(told).toBeGreaterThanOrEqual(readyAgo);
        expect(told).toBeGreaterThanOrEqual(Math.min(archivedAgo, seenAgo));
      }),
    );
  });

  test('hands on when all was archived, as long as it is not', () => {
    const row = { archivedAgo: 9_000, newBytes: 8_192 };
    expect(judge(row, known(70)).counters).toEqual({ [COUNTER]: NOW_SEC - 70 });
    expect(judge({ ...row, newBytes: 0 }).counters).toEqual({ [COUNTER]: NOW_SEC });
  });

  test('waits where nobody has looked: what an idle server archived hours ago says nothing of its first writes', () => {
    const row = { archivedAgo: 9_000, newBytes: 8_192 };
    const first = judge(row);
    expect(first).toMatchObject({ standing: 'waiting', counters: { [COUNTER]: NOW_SEC - 60 } });
    expect(first.values).toBeUndefined();
    // Without archive_timeout nothing ends a segment but its size.
    expect(judge(row, known(undefined, 0)).counters).toEqual({ [COUNTER]: NOW_SEC - 9_000 });
    const next = { ...known(), before: { at: new Date(), counters: first.counters ?? {} } };
    expect(judge(row, next)).toMatchObject({ standing: 'ok', values: { UnarchivedWalSec: 60 } });
    expect(judge({ ...row, newBytes: 0 })).toMatchObject({ standing: 'ok' });
  });

  test('warns past archive_timeout and a minute, pages past what may be lost', () => {
    const after = (archivedAgo: number, about: Known): string =>
      judge({ archivedAgo, newBytes: 8_192 }, about).standing;
    expect(after(301, known(9_000))).toBe('warn');
    expect(after(301, known(9_000, 300))).toBe('ok');
    expect(after(361, known(9_000, 300))).toBe('warn');
    expect(after(901, known(9_000, 86_400))).toBe('page');
    const generous = { ...known(9_000), cluster: { ...known().cluster, rpoSec: 3_600 } };
    expect(after(901, generous)).toBe('warn');
    expect(after(3_601, generous)).toBe('page');
  });

  test('is absent on a standby and where nothing is archived, blind without an answer', () => {
    const { query } = UNARCHIVED_CHECK;
    const { server } = known();
    const off = { ...server, settings: new Map([['archive_mode', 'off']]) };
    for (const facts of [{ ...server, inRecovery: true }, off]) {
      expect(query(facts)).toMatchObject({ standing: 'absent', values: { UnarchivedWalSec: 0 } });
    }
    expect(UNARCHIVED_CHECK.judge([], known())).toMatchObject({ standing: 'blind' });
    const nulls = { readyAtSec: 0, archivedAtSec: null, newBytes: '1', nowSec: 1 };
    expect(UNARCHIVED_CHECK.judge([nulls], known())).toMatchObject({ standing: 'blind' });
  });
});
