import { describe, expect, test } from 'vitest';
import { SCHEMA_CHECKS } from '../../lib/core/health/checks/schema.ts';
import { checkedServer } from '../support/checked-server.ts';

const { sql, probe, whileHidden } = checkedServer(SCHEMA_CHECKS);

describe('C15 missing-keys', () => {
  test('reports foreign keys without an index, and tables without a key', async () => {
    await sql(`
      CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b));
      CREATE TABLE indexed (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES parent);
      CREATE INDEX ON indexed (b, a, id);
      CREATE TABLE bare (id int PRIMARY KEY, a int, b int,
                         CONSTRAINT to_parent FOREIGN KEY (a, b) REFERENCES parent);
      CREATE INDEX ON bare (a, id, b);
      CREATE TABLE heap (id int)`);
    const result = await probe('C15');
    expect(result).toMatchObject({
      standing: 'ok',
      says: '1 foreign keys without an index, 1 tables without a key',
    });
    expect(result.findings).toHaveLength(2);
    expect(result.findings).toContainEqual({
      subject: 'postgres: public.bare',
      says: expect.stringMatching(/^no index for to_parent/),
    });
    expect(result.findings).toContainEqual({
      subject: 'postgres: public.heap',
      says: expect.stringMatching(/^no primary key/),
    });
    await sql('DROP TABLE heap; CREATE INDEX ON bare (a, b)');
    const good = await probe('C15');
    expect(good).toMatchObject({ standing: 'ok', says: expect.stringMatching(/^0 .* 0 /) });
    expect(good.findings).toBeUndefined();
  });

  test('is blind where constraints may not be seen', async () => {
    await whileHidden('pg_constraint', async () => {
      expect(await probe('C15')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});
