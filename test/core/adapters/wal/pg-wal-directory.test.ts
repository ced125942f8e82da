import { mkdir, rename, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { PgWalDirectory } from '../../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { isOpsError } from '../../../../lib/core/errors/ops-error.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const SEGMENT = '000000010000000000000001';
/** Takes a good while to read, and no space: the file is a hole. */
const MANY_BYTES = 512 * 1024 * 1024;

async function makeDataDirectory(): Promise<{ path: string; wal: string; status: string }> {
  const path = await temporaryFolder();
  const wal = join(path, 'pg_wal');
  const status = join(wal, 'archive_status');
  await mkdir(status, { recursive: true });
  return { path, wal, status };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return isOpsError(error) ? error.code : String(error);
  }
}

describe('marks', () => {
  test('are read by their kind, done ones only while the file is there', async () => {
    const { path, wal, status } = await makeDataDirectory();
    await writeFile(join(status, `${SEGMENT}.ready`), '');
    await writeFile(join(status, '00000002.history.done'), '');
    await writeFile(join(status, '00000003.history.done'), '');
    await writeFile(join(wal, '00000002.history'), '');
    const directory = new PgWalDirectory(path);
    expect(await directory.ready()).toEqual([SEGMENT]);
    expect(await directory.done()).toEqual(['00000002.history']);
  });

  test('tell since when a file has been ready, and nothing of one that is not', async () => {
    const { path, status } = await makeDataDirectory();
    const since = new Date('2026-12-01T12:00:00.000Z');
    await writeFile(join(status, `${SEGMENT}.ready`), '');
    await utimes(join(status, `${SEGMENT}.ready`), since, since);
    await writeFile(join(status, '00000002.history.done'), '');
    const directory = new PgWalDirectory(path);
    expect(await directory.readySince(SEGMENT)).toEqual(since);
    expect(await directory.readySince('00000002.history')).toBeUndefined();
  });

  test('are not needed for a history, which PostgreSQL leaves unmarked while archiving is off', async () => {
    const { path, wal, status } = await makeDataDirectory();
    await writeFile(join(wal, '00000002.history'), 'bytes');
    await writeFile(join(wal, '00000003.history'), 'offered');
    await writeFile(join(status, '00000003.history.ready'), '');
    await writeFile(join(wal, SEGMENT), 'unmarked, so not whole for sure');
    const directory = new PgWalDirectory(path);
    expect(await directory.done()).toEqual(['00000002.history']);
    expect(await directory.read('00000002.history', 'done')).toEqual(Buffer.from('bytes'));
    expect(await directory.read(SEGMENT, 'done')).toBeUndefined();
  });

  test('are not asked for when any file will do', async () => {
    const { path, wal, status } = await makeDataDirectory();
    await writeFile(join(wal, SEGMENT), 'being written');
    await writeFile(join(wal, '00000002.history'), '');
    await writeFile(join(wal, 'notes.txt'), '');
    await writeFile(join(status, '00000003.history.done'), '');
    const directory = new PgWalDirectory(path);
    expect((await directory.present()).toSorted()).toEqual([SEGMENT, '00000002.history']);
    expect(await directory.read(SEGMENT, 'any')).toEqual(Buffer.from('being written'));
    expect(await directory.read('00000003.history', 'any')).toBeUndefined();
  });

  test('of names that PostgreSQL would not archive are left out', async () => {
    const { path, status } = await makeDataDirectory();
    for (const name of ['notes.txt', '..', `${SEGMENT}.zst`, '000000000000000000000001']) {
      await writeFile(join(status, `${name}.ready`), '');
    }
    expect(await new PgWalDirectory(path).ready()).toEqual([]);
  });

  test('fail with PG-DATA-DIR where there is no data directory', async () => {
    const directory = new PgWalDirectory(await temporaryFolder());
    expect(await codeOf(directory.ready())).toBe('PG-DATA-DIR');
  });
});

describe('a file', () => {
  test('is read whole while its mark stands, and is not there without it', async () => {
    const { path, wal, status } = await makeDataDirectory();
    await writeFile(join(wal, SEGMENT), 'bytes');
    const directory = new PgWalDirectory(path);
    expect(await directory.read(SEGMENT, 'ready')).toBeUndefined();
    await writeFile(join(status, `${SEGMENT}.ready`), '');
    expect(await directory.read(SEGMENT, 'ready')).toEqual(Buffer.from('bytes'));
    expect(await directory.read(SEGMENT, 'done')).toBeUndefined();
  });

  test('replaced while it is read fails with WAL-CHANGED', async () => {
    const { path, wal, status } = await makeDataDirectory();
    await writeFile(join(wal, SEGMENT), '');
    await truncate(join(wal, SEGMENT), MANY_BYTES);
    await writeFile(join(status, `${SEGMENT}.ready`), '');
    const read = new AbortController();
    const reading = codeOf(new PgWalDirectory(path).read(SEGMENT, 'ready')).finally(() => {
      read.abort();
    });
    // By then the file is open; reading this much of it takes far longer.
    await delay(3);
    while (!read.signal.aborted) {
      await writeFile(join(wal, 'recycled'), '');
      await rename(join(wal, 'recycled'), join(wal, SEGMENT));
    }
    expect(await reading).toBe('WAL-CHANGED');
  });

  test('that ends before its size is not taken for whole', async () => {
    const path = await temporaryFolder();
    // Linux says of this one that it has 4096 bytes; it has two or three.
    await symlink('/sys/kernel', join(path, 'pg_wal'));
    const reading = new PgWalDirectory(path).read('fscaps', 'any', { into: Buffer.alloc(8_192) });
    expect(await codeOf(reading)).toBe('WAL-CHANGED');
  });

  test('that is a link is not followed', async () => {
    const { path, wal, status } = await makeDataDirectory();
    await writeFile(join(path, 'secret'), 'secret');
    await symlink(join(path, 'secret'), join(wal, SEGMENT));
    await writeFile(join(status, `${SEGMENT}.ready`), '');
    expect(await codeOf(new PgWalDirectory(path).read(SEGMENT, 'ready'))).toContain('ELOOP');
  });
});

describe('the life of the postmaster', () => {
  const files = [
    { text: '4242\n/data\n1790000000\n5432\n', life: '4242-1790000000' },
    { text: '-77\n/data\n1790000000\n', life: undefined },
    { text: '../../etc\n/data\n1790000000\n', life: undefined },
    { text: '4242\n', life: undefined },
    { text: '', life: undefined },
  ];
  test.for(files)('is $life by $text', async ({ text, life }) => {
    const { path } = await makeDataDirectory();
    await writeFile(join(path, 'postmaster.pid'), text);
    expect(await new PgWalDirectory(path).postmaster()).toBe(life);
  });

  test('is undefined while none runs', async () => {
    const { path } = await makeDataDirectory();
    expect(await new PgWalDirectory(path).postmaster()).toBeUndefined();
  });
});

test('a change wakes whoever waits for one, and so does the signal', async () => {
  const { path, status } = await makeDataDirectory();
  const directory = new PgWalDirectory(path);
  const never = 3_600_000;
  const changed = directory.changed(never, new AbortController().signal);
  await writeFile(join(status, `${SEGMENT}.ready`), '');
  await changed;
  const stop = new AbortController();
  const stopped = directory.changed(never, stop.signal);
  stop.abort();
  expect(await stopped).toBeUndefined();
});
