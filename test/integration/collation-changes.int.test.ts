import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  findAllCollationChanges,
  findCollationChanges,
} from '../../lib/core/adapters/postgres/collation-changes.ts';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { sectionOf, shellBlocks } from '../support/markdown-commands.ts';
import { testServer } from '../support/postgres-server.ts';

const GUIDE = new URL('../../docs/operate.md', import.meta.url);
/** The updates are what the catalogues would say on a machine with older libraries. */
const OLDER = [
  "CREATE COLLATION german (provider = icu, locale = 'de')",
  "CREATE COLLATION unused (provider = icu, locale = 'sv')",
  'CREATE TABLE names (de text COLLATE german, plain text COLLATE "C", id int)',
  'CREATE INDEX by_german ON names (de)',
  'CREATE INDEX by_byte ON names (plain)',
  'CREATE INDEX by_id ON names (id)',
  "UPDATE pg_collation SET collversion = '1.0' WHERE collname IN ('german', 'unused')",
  "UPDATE pg_database SET datcollversion = '2.1' WHERE datname = 'orders'",
];

describe('text that sorts otherwise than its indexes were built', () => {
  const made = testServer();
  const psql = async (database: string, statement: string): Promise<string> =>
    made().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', statement]);

  beforeAll(async () => {
    const locale = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'";
    await psql('postgres', `CREATE DATABASE orders ${locale}`);
  });

  test('is not found on a machine where everything is as it was', async () => {
    expect(await findAllCollationChanges(made().server.connection)).toEqual([]);
  });

  test('is found with both versions: databases, and collations that something uses', async () => {
    for (const statement of OLDER) await psql('orders', statement);
    const changes = await findAllCollationChanges(made().server.connection);
    const actual = expect.stringMatching(/^[\d.]+$/);
    expect(changes).toEqual([
      { kind: 'database', database: 'orders', name: 'orders', recorded: '2.1', actual },
      { kind: 'collation', database: 'orders', name: 'public.german', recorded: '1.0', actual },
    ]);
    // A session sees all databases, and the collations of its own.
    const seen = await withSession(made().server.connection, {}, findCollationChanges);
    expect(seen.map(({ name }) => name)).toEqual(['orders']);
  });

  test('is mended by what the guide says, which finds the indexes and leaves nothing', async () => {
    const guide = sectionOf(await readFile(GUIDE, 'utf8'), 'Another C library or collation');
    const { instance, server } = made();
    const env = {
      ...libpqEnvironment(server.connection),
      PATH: `${instance.binDirectory}${delimiter}${process.env['PATH']}`,
      DATABASE: 'orders',
    };
    const input = shellBlocks(guide).join('\n');
    const { all, exitCode } = await execa('sh', ['-eu'], { input, env, all: true, reject: false });
    expect({ all, exitCode }).toMatchObject({ exitCode: 0 });
    expect(all).toMatch(/orders *\| 2\.1 *\| [\d.]+/);
    expect(all).toContain('by_german|');
    expect(all).not.toMatch(/by_byte|by_id/);
    await psql('orders', 'ALTER COLLATION german REFRESH VERSION');
    expect(await findAllCollationChanges(server.connection)).toEqual([]);
  });
});
