import { describe, expect, test } from 'vitest';
import { INDEX_CHECKS } from '../../lib/core/health/checks/indexes.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { checkedServer } from '../support/checked-server.ts';
import { until } from '../support/until.ts';

const { sql, probe, counted, open, whileHidden } = checkedServer(INDEX_CHECKS);
const DAYS_MS = 86_400_000;
const subjects = ({ findings = [] }: CheckResult): readonly string[] =>
  findings.map(({ subject }) => subject.replace('postgres: public.', ''));

describe('C12 unused-indexes', () => {
  const later = { now: new Date(Date.now() + 31 * DAYS_MS) };

  test('is absent until the server has counted for a month', async () => {
    expect(await probe('C12')).toMatchObject({
      standing: 'absent',
      says: expect.stringMatching(/too short to tell$/),
    });
  });

  test('reports those that nothing used, and none that something needs', async () => {
    await sql(`
      CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int UNIQUE, d int NOT NULL);
      INSERT INTO t SELECT g, g, g, g, g FROM generate_series(1, 60000) g;
      CREATE INDEX unused ON t (a);
      CREATE INDEX used ON t (b);
      CREATE INDEX small ON t (a) WHERE a < 0;
      CREATE UNIQUE INDEX identity ON t (d);
      ALTER TABLE t REPLICA IDENTITY USING INDEX identity`);
    await sql('VACUUM ANALYZE t');
    await counted('SET enable_seqscan = off; SELECT a FROM t WHERE b = 5');
    const result = await probe('C12', later);
    expect(result).toMatchObject({ standing: 'ok', says: expect.stringMatching(/^1 indexes/) });
    expect(subjects(result)).toEqual(['unused']);
    await counted('SET enable_seqscan = off; SELECT a FROM t WHERE a = 5');
    expect(subjects(await probe('C12', later))).toEqual([]);
    await sql('DROP TABLE t');
  });

  test('is blind where indexes may not be seen', async () => {
    await whileHidden('pg_index', async () => {
      expect(await probe('C12', later)).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});

describe('C13 redundant-indexes', () => {
  test('reports those that another stands in for, and none that differs in anything', async () => {
    await sql(`
      CREATE TABLE t (id int PRIMARY KEY, a int, b int, s text);
      CREATE INDEX first ON t (a, b);
      CREATE INDEX twin ON t (a, b);
      CREATE INDEX beginning ON t (a);
      CREATE INDEX of_the_key ON t (id);
      CREATE INDEX lower1 ON t (lower(s)) WHERE a > 1;
      CREATE INDEX lower2 ON t     (lower(s))     WHERE     a > 1;
      CREATE INDEX other_order ON t (b, a);
      CREATE INDEX descending ON t (a DESC);
      CREATE INDEX pattern ON t (s text_pattern_ops);
      CREATE INDEX plain ON t (s);
      CREATE INDEX collated ON t (s COLLATE "C");
      CREATE INDEX partial ON t (a) WHERE b > 1;
      CREATE INDEX hashed ON t USING hash (b);
      CREATE UNIQUE INDEX promise ON t (b);
      CREATE INDEX includes ON t (b) INCLUDE (s)`);
    const result = await probe('C13');
    expect(result).toMatchObject({ standing: 'ok', says: expect.stringMatching(/^4 indexes/) });
    expect([...subjects(result)].sort()).toEqual(['beginning', 'lower2', 'of_the_key', 'twin']);
    expect(result.findings).toContainEqual({
      subject: 'postgres: public.of_the_key',
      says: expect.stringMatching(/the same as public.t_pkey$/),
    });
    await sql('DROP TABLE t');
    expect(subjects(await probe('C13'))).toEqual([]);
  });

  test('is blind where indexes may not be seen', async () => {
    await whileHidden('pg_index', async () => {
      expect(await probe('C13')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});

describe('C14 invalid-indexes', () => {
  test('warns of one that was given up, not of one that is being built', async () => {
    await sql('CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)');
    expect(await probe('C14')).toMatchObject({ standing: 'ok', values: { InvalidIndexes: 0 } });
    await using holder = await open();
    await holder.run('BEGIN; INSERT INTO t VALUES (2)');
    await using builder = await open();
    const built = builder.run('CREATE INDEX CONCURRENTLY slow ON t (a)');
    await until(
      'a build',
      async () => (await sql('SELECT count(*) FROM pg_stat_progress_create_index')) === '1',
    );
    expect(await probe('C14')).toMatchObject({ standing: 'ok', values: { InvalidIndexes: 0 } });
    await holder.run('COMMIT');
    await built;
    await expect(sql('CREATE UNIQUE INDEX CONCURRENTLY wrong ON t (a)')).rejects.toThrow(
      /could not create unique index/,
    );
    expect(await probe('C14')).toMatchObject({
      standing: 'warn',
      values: { InvalidIndexes: 1 },
      findings: [
        { subject: 'postgres: public.wrong', says: expect.stringMatching(/^of public.t; /) },
      ],
    });
    await sql('DROP INDEX wrong');
    expect(await probe('C14')).toMatchObject({ standing: 'ok', values: { InvalidIndexes: 0 } });
  });

  test('is blind to a role that cannot tell whether it is being built', async () => {
    expect(await probe('C14', {}, 'stranger')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/no member of pg_monitor/),
    });
  });
});
