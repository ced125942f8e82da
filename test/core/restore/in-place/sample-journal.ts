import type { InPlaceJournal } from '../../../../lib/core/restore/in-place/in-place-journal.ts';

export const ID = '20261122T010203Z';
export const DATA = '/pg/data';

/** What a recovery came to. */
export const RESULT: InPlaceJournal['result'] = {
  backupId: '20261121T000000Z-00000001-000000010000000000000002',
  timeline: 2,
  target: 'latest',
  lsn: 0x3000060n,
  time: new Date('2026-11-22T01:00:00Z'),
  restoreSec: 1,
  replaySec: 2,
  dataDirectory: DATA,
  notes: ['a note'],
};

/** A journal that has come to `phase`. */
export function journalIn(phase: InPlaceJournal['phase']): InPlaceJournal {
  return {
    format: 1,
    id: ID,
    dataDirectory: DATA,
    links: [{ name: 'pg_wal', text: '/wal/pg', target: '/wal/pg' }],
    timeline: 1,
    phase,
    made: {},
  };
}
