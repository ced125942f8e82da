import { type Check, fail, ok, skip, type Verdict, warn } from '../check.ts';
import { bytes } from '../amounts.ts';
import type { See } from '../facts.ts';
import type { Room } from '../host-facts.ts';
import { word } from '../fixes.ts';

/** Least share of a file system that is free. */
const WARN_BELOW = 0.1;
const FAIL_BELOW = 0.04;

/** Space where something grows. */
export const ROOM_CHECKS: readonly Check[] = [
  row('room-data', 'the data directory', (see) => see('dataRoom')),
  row('room-wal', 'pg_wal, which grows as long as nothing is archived', (see) => see('walRoom')),
  row('room-spool', 'the spool', (see) => see('spoolRoom')),
  row('room-store', 'the store', (see) => see('storeRoom')),
];

function row(id: string, what: string, find: (see: See) => Room | undefined): Check {
  const judge = (see: See): Verdict => {
    const room = find(see);
    return room === undefined ? skip('a bucket does not fill up') : judgeRoom(room);
  };
  return { id, area: 'room', about: `there is room for ${what}`, judge };
}

function judgeRoom({ path, freeBytes, totalBytes }: Room): Verdict {
  const share = totalBytes === 0 ? 0 : freeBytes / totalBytes;
  const saw = `${bytes(freeBytes)} free of ${bytes(totalBytes)}`;
  const fix = `df -h ${word(path)}  # enlarge that file system; never delete from pg_wal or the store`;
  if (share < FAIL_BELOW) return fail(saw, fix);
  return share < WARN_BELOW ? warn(saw, fix) : ok(saw);
}
