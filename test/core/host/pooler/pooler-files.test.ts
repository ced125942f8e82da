import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolerConfig } from '../../../../lib/core/config/host-config.ts';
import { poolerFiles } from '../../../../lib/core/host/pooler/pooler-files.ts';
import { SALT_BYTES, scramVerifier } from '../../../../lib/core/secrets/scram-verifier.ts';

const salt = Buffer.alloc(SALT_BYTES, 1);
const POOLER: PoolerConfig = { enabled: true, poolSize: 20, reservePoolSize: 30, maxClients: 1000 };
const filesOf = (
  pooler: PoolerConfig = POOLER,
  clientCidrs: string[] = ['10.0.0.0/16'],
): ReturnType<typeof poolerFiles> =>
  poolerFiles({ pooler, clientCidrs }, { login: 'pencil', stats: 'paper', salt });

/** Sections of pgbouncer.ini, each with its settings. */
function sectionsOf(ini: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const sections = ini.split(/^\[(\w+)\]$/m).slice(1);
  return Object.fromEntries(
    sections.flatMap((name, at) => {
      if (at % 2 === 1) return [];
      const lines = (sections[at + 1] ?? '').split('\n').filter((line) => line !== '');
      return [[name, Object.fromEntries(lines.map((line) => line.split(/ = (.*)/, 2)))]];
    }),
  );
}

describe('the pooler’s configuration', () => {
  test('leads every database to the one server, by the name that its certificate has', () => {
    const { databases } = sectionsOf(filesOf()['pgbouncer.ini']);
    expect(databases).toEqual({ '*': "host='holdfast-postgres' port=5432" });
  });

  test('is encrypted both ways, and knows clients by SCRAM that the server is asked for', () => {
    expect(sectionsOf(filesOf()['pgbouncer.ini'])['pgbouncer']).toMatchObject({
      listen_port: '6432',
      unix_socket_dir: '',
      client_tls_sslmode: 'require',
      server_tls_sslmode: 'verify-full',
      server_tls_ca_file: '/etc/holdfast/tls/roots.pem',
      auth_type: 'hba',
      auth_user: 'holdfast_pooler',
      auth_dbname: 'postgres',
      auth_query: 'SELECT usename, passwd FROM holdfast.pooler_login($1)',
      pool_mode: 'transaction',
      ignore_startup_parameters: 'extra_float_digits',
    });
  });

  test('lets nobody administrate it', () => {
    const { pgbouncer } = sectionsOf(filesOf()['pgbouncer.ini']);
    expect(pgbouncer).not.toHaveProperty('admin_users');
    expect(pgbouncer).toMatchObject({ stats_users: 'holdfast_stats' });
  });

  test('has as many connections as the environment’s file says', () => {
    const size = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(size, size, size, (poolSize, reservePoolSize, maxClients) => {
        const files = filesOf({ enabled: true, poolSize, reservePoolSize, maxClients });
        expect(sectionsOf(files['pgbouncer.ini'])['pgbouncer']).toMatchObject({
          default_pool_size: String(poolSize),
          reserve_pool_size: String(reservePoolSize),
          max_client_conn: String(maxClients),
        });
      }),
    );
  });
});

test('the first rule that fits keeps the console to itself, and Holdfast’s own roles out', () => {
  expect(filesOf(POOLER, ['10.0.0.0/16', '192.0.2.0/24'])['pg_hba.conf'].split('\n')).toEqual([
    'hostssl pgbouncer holdfast_stats 127.0.0.1/32 scram-sha-256',
    'host pgbouncer all all reject',
    'host all postgres,holdfast_pooler,holdfast_stats,holdfast_backup,holdfast_monitor all reject',
    'hostssl all all 10.0.0.0/16 scram-sha-256',
    'hostssl all all 192.0.2.0/24 scram-sha-256',
    '',
  ]);
});

test('the pooler has the password that it needs, and of the other a verifier', () => {
  const files = filesOf();
  expect(files['userlist.txt']).toBe(
    `"holdfast_pooler" "pencil"\n"holdfast_stats" "${scramVerifier('paper', salt)}"\n`,
  );
  expect(files['stats-password']).toBe('paper\n');
  const others = files['pgbouncer.ini'] + files['pg_hba.conf'];
  expect(others).not.toMatch(/pencil|paper/);
});

test('a password that its file cannot hold is refused, and not repeated', () => {
  const secrets = { login: 'pencil\n"holdfast_stats" "x"', stats: 'paper', salt };
  expect(() => poolerFiles({ pooler: POOLER, clientCidrs: ['10.0.0.0/16'] }, secrets)).toThrow(
    expect.objectContaining({
      code: 'CONFIG-INVALID',
      message: expect.not.stringContaining('pencil'),
    }),
  );
});
