import { expect, test } from 'vitest';
import { checkConfiguration } from '../../lib/core/adapters/postgres/check-configuration.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';

test('takes what PostgreSQL takes', async () => {
  const { binDirectory } = await findPostgres();
  await checkConfiguration("work_mem = '8MB'\nshared_preload_libraries = 'a'\n", binDirectory);
  await expect(checkConfiguration('', binDirectory)).resolves.toBeUndefined();
});

test.each([
  ["work_mem = '8mb'", 'work_mem'],
  ["wurk_mem = '8MB'", 'unrecognized configuration parameter "wurk_mem"'],
  ["max_connections = '0'", 'max_connections'],
  ['work_mem 8MB 9', 'syntax error'],
])('refuses %s in its words', async (line, words) => {
  const { binDirectory } = await findPostgres();
  await expect(checkConfiguration(`${line}\n`, binDirectory)).rejects.toMatchObject({
    code: 'HOST-SETTINGS',
    message: expect.stringContaining(words),
  });
});
