import { expect, test } from 'vitest';
import {
  accountIn,
  ownerOf,
  serverOwner,
} from '../../../../lib/core/adapters/system/file-owner.ts';

const ACCOUNTS =
  'root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:PostgreSQL:/:/bin/sh\n';

test('finds an account by its whole name', () => {
  expect(accountIn(ACCOUNTS, 'postgres')).toEqual({ uid: 101, gid: 104 });
  expect(accountIn(ACCOUNTS, 'post')).toBeUndefined();
  expect(accountIn('', 'postgres')).toBeUndefined();
});

test('names another account only when this process is root', () => {
  const owner = serverOwner();
  expect(owner === undefined).toBe(process.getuid?.() !== 0);
  expect(owner?.uid).not.toBe(0);
});

test('gives the owner of a path', async () => {
  expect(await ownerOf('/')).toEqual({ uid: 0, gid: 0 });
  await expect(ownerOf('/nonexistent')).rejects.toMatchObject({ code: 'ENOENT' });
});
