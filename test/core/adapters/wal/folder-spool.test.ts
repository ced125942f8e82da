import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FolderSpool } from '../../../../lib/core/adapters/wal/folder-spool.ts';
import { folderSpoolMaker } from '../../../../lib/core/adapters/wal/folder-spool-maker.ts';
import { isOpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { SpoolRequest } from '../../../../lib/core/ports/spool-maker.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const SEGMENT = '000000010000000000000001';
const SYSTEM = '7400000000000000001';
const LIFE = '4242-1790000000';
const NEXT_LIFE = '4242-1790000099';

interface Place {
  readonly request: SpoolRequest;
  readonly spool: FolderSpool;
  readonly dataDirectory: string;
}

async function makePlace(): Promise<Place> {
  const folder = await temporaryFolder();
  const dataDirectory = join(folder, 'data');
  await mkdir(dataDirectory);
  const path = join(folder, 'spool');
  const oneShot = ['/opt/my node', "it's", '$(id)'];
  const request = { path, dataDirectory, systemIdentifier: SYSTEM, archive: ARCHIVE, oneShot };
  return { request, dataDirectory, spool: new FolderSpool(path, dataDirectory) };
}

const ARCHIVE = { cluster: 'orders', storeUrl: 'file:///backups' };

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return isOpsError(error) ? error.code : String(error);
  }
}

describe('making a spool', () => {
  test('gives a directory that verifies, and making it again only brings it up to date', async () => {
    const { request, spool } = await makePlace();
    expect(await folderSpoolMaker.inspect(request)).toBe('absent');
    expect(await folderSpoolMaker.make(request)).toBe('created');
    await spool.verify(SYSTEM);
    expect(await folderSpoolMaker.inspect(request)).toBe('present');
    await writeFile(join(request.path, 'archive-command'), 'old');
    expect(await folderSpoolMaker.make(request)).toBe('updated');
    expect(await readFile(join(request.path, 'archive-command'), 'utf8')).toContain('postmaster');
    expect((await stat(request.path)).mode & 0o777).toBe(0o700);
  });

  test('binds it to one archive, and moves it to another only when told to', async () => {
    const { request, spool } = await makePlace();
    await folderSpoolMaker.make(request);
    await spool.verifyArchive(ARCHIVE);
    const other = { cluster: 'other', storeUrl: ARCHIVE.storeUrl };
    expect(await codeOf(spool.verifyArchive(other))).toBe('WAL-SPOOL');
    const move = { ...request, archive: other };
    const before = await readFile(join(request.path, 'one-shot'), 'utf8');
    expect(await codeOf(folderSpoolMaker.make({ ...move, oneShot: ['other'] }))).toBe('WAL-SPOOL');
    expect(await readFile(join(request.path, 'one-shot'), 'utf8')).toBe(before);
    expect(await folderSpoolMaker.make({ ...move, moveArchive: true })).toBe('updated');
    await spool.verifyArchive(other);
  });

  test('quotes the one-shot program, and takes it away when there is none any more', async () => {
    const { request } = await makePlace();
    await folderSpoolMaker.make(request);
    const script = await readFile(join(request.path, 'one-shot'), 'utf8');
    expect(script).toContain(String.raw`exec '/opt/my node' 'it'\''s' '$(id)' "$1"`);
    const { oneShot: _, ...without } = request;
    await folderSpoolMaker.make(without);
    expect(await readdir(request.path)).not.toContain('one-shot');
  });

  test('goes on where an earlier attempt was broken off', async () => {
    const { request, spool } = await makePlace();
    await mkdir(request.path);
    await writeFile(join(request.path, 'identity.new'), '74');
    expect(await folderSpoolMaker.make(request)).toBe('created');
    await spool.verify(SYSTEM);
  });

  const occupied: readonly [string, (place: Place) => Promise<unknown>][] = [
    ['another server', async ({ request }) => writeIdentity(request.path, '7400000000000000002')],
    [
      'nobody, since a crash emptied its identity',
      async ({ request }) => writeIdentity(request.path, ''),
    ],
    ['somebody with other things', async ({ request }) => writeOther(request.path)],
  ];
  test.for(occupied)('refuses one of %s, and leaves it as it is', async ([, occupy]) => {
    const place = await makePlace();
    await occupy(place);
    const before = await readdir(place.request.path);
    expect(await codeOf(folderSpoolMaker.make(place.request))).toBe('WAL-SPOOL');
    expect(await readdir(place.request.path)).toEqual(before);
  });

  test('refuses a place inside the data directory, also by way of a link', async () => {
    const { request, dataDirectory } = await makePlace();
    const link = `${request.path}-link`;
    await symlink(dataDirectory, link);
    for (const folder of [dataDirectory, link]) {
      const inside = { ...request, path: join(folder, 'deep', 'spool') };
      expect(await codeOf(folderSpoolMaker.make(inside))).toBe('WAL-SPOOL');
    }
    expect(await readdir(dataDirectory)).toEqual([]);
  });
});

describe('a spool is refused when it', () => {
  const faults: readonly [string, (place: Place) => Promise<unknown>][] = [
    ['is absent', async ({ request }) => rm(request.path, { recursive: true })],
    ['is open to others', async ({ request }) => chmod(request.path, 0o750)],
    ['is of another server', async ({ request }) => writeIdentity(request.path, '1')],
    ['has no identity', async ({ request }) => rm(join(request.path, 'identity'))],
  ];
  test.for(faults)('%s', async ([, spoil]) => {
    const place = await makePlace();
    await folderSpoolMaker.make(place.request);
    await spoil(place);
    expect(await codeOf(place.spool.verify(SYSTEM))).toBe('WAL-SPOOL');
  });

  test('is a link', async () => {
    const { request, dataDirectory } = await makePlace();
    await folderSpoolMaker.make(request);
    const link = `${request.path}-link`;
    await symlink(request.path, link);
    expect(await codeOf(new FolderSpool(link, dataDirectory).verify(SYSTEM))).toBe('WAL-SPOOL');
  });

  test('was not made by init, and no lock is left in it', async () => {
    const { request, spool } = await makePlace();
    await mkdir(request.path);
    expect(await codeOf(spool.lock('agent'))).toBe('WAL-SPOOL');
    expect(await readdir(request.path)).toEqual([]);
  });

  test('is locked by another of the same role', async () => {
    const { request, spool } = await makePlace();
    await folderSpoolMaker.make(request);
    const held = await spool.lock('agent');
    expect(await codeOf(spool.lock('agent'))).toBe('WAL-SPOOL');
    await using _other = await spool.lock('one-shot');
    await held[Symbol.asyncDispose]();
    await using _again = await spool.lock('agent');
  });
});

describe('an acknowledgement', () => {
  test('is for one life of the postmaster, and is gone in the next', async () => {
    const { request, spool } = await makePlace();
    await folderSpoolMaker.make(request);
    expect(await spool.adopt(LIFE)).toBe('same');
    await spool.acknowledge(LIFE, SEGMENT);
    await spool.acknowledge(LIFE, SEGMENT);
    expect([...(await spool.acknowledged(LIFE))]).toEqual([SEGMENT]);
    expect([...(await spool.acknowledged(NEXT_LIFE))]).toEqual([]);
    expect(await spool.adopt(NEXT_LIFE)).toBe('emptied');
    expect([...(await spool.acknowledged(LIFE))]).toEqual([]);
    // A straggler of the former life vouches for nothing in this one.
    await spool.acknowledge(LIFE, SEGMENT);
    expect([...(await spool.acknowledged(NEXT_LIFE))]).toEqual([]);
  });

  test('counts no more once it is used up, and can be given again', async () => {
    const { request, spool } = await makePlace();
    await folderSpoolMaker.make(request);
    const folder = join(spool.path, 'acknowledged', LIFE);
    await spool.acknowledge(LIFE, SEGMENT);
    await writeFile(join(folder, `${SEGMENT}.used`), '');
    await spool.acknowledge(LIFE, SEGMENT);
    expect([...(await spool.acknowledged(LIFE))]).toEqual([SEGMENT]);
    await writeFile(join(folder, `${SEGMENT}.used`), '');
    expect([...(await spool.acknowledged(LIFE))]).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('is withdrawn as often as one likes', async () => {
    const { request, spool } = await makePlace();
    await folderSpoolMaker.make(request);
    await spool.acknowledge(LIFE, SEGMENT);
    await spool.withdraw(LIFE, SEGMENT);
    await spool.withdraw(LIFE, SEGMENT);
    expect([...(await spool.acknowledged(LIFE))]).toEqual([]);
  });

  test('is given for no other names than those of archive files', async () => {
    const { request, spool } = await makePlace();
    await folderSpoolMaker.make(request);
    expect(await codeOf(spool.acknowledge(LIFE, '../identity'))).toBe('WAL-NAME');
  });
});

test('the heartbeat is the time in whole seconds, until it is hushed', async () => {
  const { request, spool } = await makePlace();
  await folderSpoolMaker.make(request);
  const heartbeat = join(request.path, 'heartbeat');
  await spool.beat(new Date(1_790_000_000_999));
  expect(await readFile(heartbeat, 'utf8')).toBe('1790000000\n');
  await spool.hush();
  await expect(stat(heartbeat)).rejects.toThrow('ENOENT');
});

async function writeIdentity(path: string, systemIdentifier: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'identity'), systemIdentifier);
}

async function writeOther(path: string): Promise<void> {
  await mkdir(path);
  await writeFile(join(path, 'letter'), 'dear');
}
