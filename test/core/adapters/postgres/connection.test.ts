import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  libpqEnvironment,
  readConnection,
  SSL_MODES,
} from '../../../../lib/core/adapters/postgres/connection.ts';

const nothing = (): boolean => false;

describe('readConnection', () => {
  test('names localhost, port 5432 and database postgres when nothing is set', () => {
    expect(readConnection({}, {}, nothing)).toMatchObject({
      host: 'localhost',
      port: 5432,
      database: 'postgres',
      sslMode: 'prefer',
      password: undefined,
    });
  });

  test('finds the socket of the port asked for', () => {
    const exists = (path: string): boolean => path === '/var/run/postgresql/.s.PGSQL.6000';
    expect(readConnection({ PGPORT: '6000' }, {}, exists).host).toBe('/var/run/postgresql');
    expect(readConnection({}, {}, exists).host).toBe('localhost');
  });

  test('puts overrides above the environment', () => {
    const environment = { PGHOST: 'db', PGPORT: '6000', PGUSER: 'ann', PGDATABASE: 'shop' };
    expect(readConnection(environment, { host: '/run/pg', port: 7000 })).toMatchObject({
      host: '/run/pg',
      port: 7000,
      user: 'ann',
      database: 'shop',
    });
  });

  test('takes an empty variable as unset, as libpq does', () => {
    expect(readConnection({ PGPORT: '', PGHOST: '', PGSSLMODE: '' }, {}, nothing)).toMatchObject({
      host: 'localhost',
      port: 5432,
      sslMode: 'prefer',
    });
  });

  test.each([{ PGPORT: '0' }, { PGPORT: '65536' }, { PGPORT: 'x' }, { PGSSLMODE: 'verify' }])(
    'fails when the environment has %o',
    (environment) => {
      expect(() => readConnection(environment, {}, nothing)).toThrowError(
        expect.objectContaining({ code: 'CONFIG-INVALID' }),
      );
    },
  );

  test('reads back what libpqEnvironment writes', () => {
    const word = fc.string({ minLength: 1 });
    const connection = fc.record({
      host: word,
      port: fc.integer({ min: 1, max: 65_535 }),
      user: word,
      database: word,
      password: fc.option(word, { nil: undefined }),
      sslMode: fc.constantFrom(...SSL_MODES),
      sslRootCert: fc.option(word, { nil: undefined }),
    });
    fc.assert(
      fc.property(connection, (options) => {
        expect(readConnection(libpqEnvironment(options), {}, nothing)).toEqual(options);
      }),
    );
  });
});
