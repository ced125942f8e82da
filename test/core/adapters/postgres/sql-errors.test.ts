import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import type { ConnectionOptions } from '../../../../lib/core/adapters/postgres/connection.ts';
import { toSqlError } from '../../../../lib/core/adapters/postgres/sql-errors.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';

const SERVER: ConnectionOptions = {
  host: 'db.test',
  port: 5432,
  user: 'u',
  database: 'd',
  password: 'hunter2',
};

describe('toSqlError', () => {
  test.each([
    ['28P01', 'PG-CONNECT'],
    ['28000', 'PG-CONNECT'],
    ['57P03', 'PG-CONNECT'],
    ['57P01', 'PG-CONNECT'],
    ['53300', 'PG-CONNECT'],
    ['3D000', 'PG-CONNECT'],
    ['57014', 'PG-TIMEOUT'],
    ['22023', 'PG-SETTINGS'],
    ['42501', 'PG-FAILED'],
    ['XX000', 'PG-FAILED'],
  ])('takes SQLSTATE %s as %s', (state, code) => {
    const cause = Object.assign(Object.create(postgres.PostgresError.prototype), { code: state });
    expect(toSqlError(cause, SERVER)).toMatchObject({ code, details: { sqlState: state } });
  });

  test.each(['ECONNREFUSED', 'ENOENT', 'CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    'takes %s as a server that cannot be reached, with a hint',
    (code) => {
      const error = toSqlError(Object.assign(new Error('x'), { code }), SERVER);
      expect(error.code).toBe('PG-CONNECT');
      expect(error.hint).toBeTruthy();
      expect(error.message).not.toContain('hunter2');
    },
  );

  test('leaves an error that has a code as it is, and calls the rest INTERNAL', () => {
    const coded = new OpsError('ABORTED', 'x');
    expect(toSqlError(coded, SERVER)).toBe(coded);
    expect(toSqlError(new TypeError('x'), SERVER).code).toBe('INTERNAL');
  });
});
