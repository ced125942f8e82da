import {
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimDataDirectory } from '../../../../../lib/core/adapters/restore/claim-data-directory.ts';
import {
  holdTablespaces,
  inspectPlaces,
} from '../../../../../lib/core/adapters/restore/tablespaces/hold-tablespaces.ts';
import type {
  HeldTablespaces,
  TablespacePlace,
} from '../../../../../lib/core/ports/tablespace-site.ts';
import { treeHash } from '../../../../bin/cli/tree-hash.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

const OID = '16385';

let root: string;
let data: string;

beforeEach(async () => {
  root = await realpath(await temporaryFolder());
  data = join(root, 'data');
  await mkdir(join(data, 'pg_tblspc'), { recursive: true });
});

function place(to: string, changes: Partial<TablespacePlace> = {}): TablespacePlace {
  const names = { oids: [OID], names: ['fast'], bytes: 0, createdAt: undefined };
  return { from: join(root, 'old'), to: join(root, to), ...names, ...changes };
}

async function hold(...places: readonly TablespacePlace[]): Promise<HeldTablespaces> {
  return holdTablespaces(places, data, undefined);
}

describe('inspectPlaces', () => {
  beforeEach(async () => {
    await mkdir(join(root, 'full', 'thing'), { recursive: true });
    await mkdir(join(root, 'empty'));
    await symlink(join(root, 'empty'), join(root, 'link'));
    await symlink(root, join(root, 'around'));
    await writeFile(join(root, 'file'), '');
  });

  test.each([
    ['is not empty', 'full'],
    ['is a link', 'link'],
    ['is a file', 'file'],
    ['lies in the data directory', 'data/inside'],
    ['lies in the data directory by way of a link', 'around/data/inside'],
    ['is the data directory', 'data'],
    ['holds the data directory', 'around'],
    ['has no directory above it', 'nowhere/at/all'],
    ['is the place of another by way of a link', 'around/empty'],
  ])('refuses a place that %s, and changes nothing', async (_, to) => {
    const before = await treeHash(root);
    const other = place('empty', { from: '/elsewhere' });
    await expect(inspectPlaces([other, place(to)], data, undefined)).rejects.toMatchObject({
      code: 'RESTORE-TABLESPACE',
    });
    expect(await treeHash(root)).toBe(before);
  });

  test.runIf(process.getuid?.() === 0)('refuses a place of another account', async () => {
    await chown(join(root, 'empty'), 12_345, 12_345);
    await expect(inspectPlaces([place('empty')], data, undefined)).rejects.toMatchObject({
      code: 'RESTORE-TABLESPACE',
      message: expect.stringContaining('belongs to account 12345'),
    });
  });

  test('refuses to pass through an old place where something is', async () => {
    await mkdir(join(root, 'old'));
    const created = place('new', { createdAt: 0x300_0028n });
    await expect(inspectPlaces([created], data, undefined)).rejects.toMatchObject({
      code: 'BACKUP-TABLESPACE',
      details: { lsn: '0/3000028' },
    });
  });

  test('accepts what is absent or empty', async () => {
    const places = [place('new'), place('empty', { from: '/elsewhere' })];
    await expect(inspectPlaces(places, data, undefined)).resolves.toBeUndefined();
  });
});

describe('holdTablespaces', () => {
  test('writes to the place, links to it, and leaves no mark in the end', async () => {
    const held = await hold(place('new'));
    const file = await held.trees.get(OID)?.createFile('PG_15/5/1', 0o600);
    await file?.write(Buffer.from('content'));
    await file?.close();
    await held.link();
    const link = join(data, 'pg_tblspc', OID);
    expect(await readFile(join(link, 'PG_15/5/1'), 'utf8')).toBe('content');
    await held.settle();
    await held.finish();
    expect(await readlink(link)).toBe(join(root, 'new'));
    expect(await readdir(join(root, 'new'))).toEqual(['PG_15']);
  });

  test('clears what an interrupted try of the same recovery left, and no other’s', async () => {
    const first = await hold(place('new'));
    await first.trees.get(OID)?.makeDirectory('PG_15/5', 0o700);
    await first[Symbol.asyncDispose]();
    await expect(
      holdTablespaces([place('new')], join(root, 'other'), undefined),
    ).rejects.toMatchObject({ code: 'RESTORE-TABLESPACE' });
    expect(await readdir(join(root, 'new'))).toContain('PG_15');
    await hold(place('new'));
    expect(await readdir(join(root, 'new'))).toEqual(['holdfast-recovery.json']);
  });

  test('does not take a copy of a marked place for its own', async () => {
    await hold(place('new'));
    await mkdir(join(root, 'copy', 'PG_15'), { recursive: true });
    const mark = await readFile(join(root, 'new', 'holdfast-recovery.json'));
    await writeFile(join(root, 'copy', 'holdfast-recovery.json'), mark);
    await expect(hold(place('copy'))).rejects.toMatchObject({ code: 'RESTORE-TABLESPACE' });
  });

  /** A recovery that is killed when its data directory is finished, and its tablespaces' marks are there. */
  async function finishAllButMarks(): Promise<void> {
    const held = await hold(place('new'));
    await held.trees.get(OID)?.makeDirectory('PG_15/5', 0o700);
    await rm(join(data, 'holdfast-recovery'), { recursive: true });
  }

  test('a mark that outlives its recovery gives nobody a right to what is there', async () => {
    await finishAllButMarks();
    await rename(data, join(root, 'live'));
    await (await claimDataDirectory(data, undefined))[Symbol.asyncDispose]();
    const inspect = async (): Promise<void> => inspectPlaces([place('new')], data, undefined);
    for (const attempt of [async () => hold(place('new')), inspect]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'RESTORE-TABLESPACE',
        message: expect.stringContaining('that is over'),
      });
    }
    expect(await readdir(join(root, 'new'))).toContain('PG_15');
  });

  test('a mark that outlives its recovery is in nobody’s way', async () => {
    await finishAllButMarks();
    await rm(join(root, 'new', 'PG_15'), { recursive: true });
    await (await hold(place('new'))).finish();
    expect(await readdir(join(root, 'new'))).toEqual([]);
  });

  test('what a killed try left elsewhere goes with the next one, whatever that one maps', async () => {
    const old = join(root, 'deep', 'old');
    const held = await hold(place('new', { from: old, createdAt: 1n }));
    await held.trees.get(OID)?.makeDirectory('PG_15/5', 0o700);
    await held.link();
    const other = place('other', { from: old, createdAt: 1n });
    await inspectPlaces([other], data, undefined);
    expect(await readlink(old)).toBe(join(root, 'new'));
    await using _claimed = await claimDataDirectory(data, undefined);
    expect(await readdir(root)).not.toContain('deep');
    expect(await readdir(join(root, 'new'))).toEqual([]);
    await hold(other);
  });

  test('does not clear what another recovery has taken since', async () => {
    await hold(place('new'));
    await rm(join(root, 'new', 'holdfast-recovery.json'));
    const others = join(root, 'others');
    await mkdir(others);
    await holdTablespaces([place('new')], others, undefined);
    await (await claimDataDirectory(data, undefined))[Symbol.asyncDispose]();
    expect(await readdir(join(root, 'new'))).toEqual(['holdfast-recovery.json']);
  });

  test('removes the link of a tablespace that was dropped while WAL was replayed', async () => {
    const held = await hold(place('new'));
    await held.link();
    await held.settle();
    expect(await readdir(join(data, 'pg_tblspc'))).toEqual([]);
  });

  test('leads what was created at the old place to the new one, which the old one does no more', async () => {
    const old = join(root, 'deep', 'old');
    const held = await hold(place('new', { from: old, oids: [], createdAt: 1n }));
    await held.link();
    // As replay does.
    await mkdir(join(old, 'PG_15'));
    await symlink(old, join(data, 'pg_tblspc', '16400'));
    await held.settle();
    expect(await readlink(join(data, 'pg_tblspc', '16400'))).toBe(join(root, 'new'));
    expect(await readdir(root)).not.toContain('deep');
    expect(await readdir(join(root, 'new'))).toContain('PG_15');
  });

  test('lets go of the old place also when the recovery fails', async () => {
    const old = join(root, 'deep', 'old');
    const held = await hold(place('new', { from: old, createdAt: 1n }));
    await held.link();
    await held[Symbol.asyncDispose]();
    expect(await readdir(root)).not.toContain('deep');
    await rm(join(data, 'pg_tblspc', OID));
  });

  test('fails when there is no room for all on one file system', async () => {
    const held = await hold(place('new', { bytes: 2 ** 59 }));
    const need = { path: data, bytes: 1 };
    await expect(held.assertRoom(need)).rejects.toMatchObject({ code: 'RESTORE-SPACE' });
    await expect((await hold(place('new'))).assertRoom(need)).resolves.toBeUndefined();
  });
});
