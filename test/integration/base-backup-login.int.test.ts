import { chown, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { waitUntilReady } from '../../lib/core/adapters/postgres/server-readiness.ts';
import { streamedBaseBackups } from '../../lib/core/adapters/postgres/streamed-base-backup.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { BaseBackupStart } from '../../lib/core/ports/base-backup-source.ts';
import type { RunningServer } from '../../lib/core/ports/postgres-instance.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/free-port.ts';

const it = testServer();
const PASSWORD = 'a "secret" 你好';
const ROLES = `
  SET password_encryption = 'scram-sha-256'; CREATE ROLE copier LOGIN REPLICATION PASSWORD '${PASSWORD}';
  SET password_encryption = 'md5'; CREATE ROLE older LOGIN REPLICATION PASSWORD '${PASSWORD}';
  CREATE ROLE plain LOGIN PASSWORD '${PASSWORD}';`;
const RULES = ['replication copier', 'replication plain', 'replication older', 'all all'].map(
  (who) => `hostssl ${who} 127.0.0.1/32 md5\n`,
);

let running: RunningServer;
let connection: ConnectionOptions;
let certificate: string;

beforeAll(async () => {
  const { server, instance, directory } = it();
  const key = join(directory, 'server.key');
  certificate = join(directory, 'server.crt');
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const request = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...names];
  await execa('openssl', [...request, '-keyout', key, '-out', certificate]);
  const owner = serverOwner();
  if (owner !== undefined) await chown(key, owner.uid, owner.gid);
  await server.run('psql', ['-c', ROLES]);
  await server.stop();
  const hba = join(server.dataDirectory, 'pg_hba.conf');
  await writeFile(hba, `${RULES.join('')}local all all trust\n`);
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', port: String(port), ssl: 'on' };
  running = await instance.start({
    dataDirectory: server.dataDirectory,
    logFile: join(directory, 'tls.log'),
    settings: {
      ...settings,
      unix_socket_directories: directory,
      ssl_key_file: key,
      ssl_cert_file: certificate,
    },
  });
  await waitUntilReady(running, { ...server.connection, host: directory, port }, 30_000);
  const target = { host: '127.0.0.1', port, database: 'postgres' };
  connection = { ...target, user: 'copier', password: PASSWORD, sslMode: 'require' };
});
afterAll(async () => running.stop('immediate'));

/** Reads a whole copy, or fails as it does. */
async function copyAs(changes: Partial<ConnectionOptions>): Promise<BaseBackupStart> {
  const source = streamedBaseBackups({ ...connection, ...changes });
  const options = { checkpoint: 'fast', label: "it's a test", applicationName: 'copying' } as const;
  const { started, archives, finished } = source.start(options);
  let bytes = 0;
  for await (const { chunks } of archives) {
    for await (const chunk of chunks) bytes += chunk.byteLength;
  }
  await finished;
  expect(bytes).toBeGreaterThan(10_000_000);
  return started;
}

describe('the login of a base backup, over TCP and TLS', () => {
  test('takes a password, however the server keeps it, and leaves no session behind', async () => {
    expect((await copyAs({})).timeline).toBe(1);
    expect((await copyAs({ user: 'older' })).tablespaces).toEqual([]);
    const { server, directory } = it();
    const { port } = connection;
    const query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'copying'";
    const place = ['-h', directory, '-p', String(port), '-XAtqc', query];
    await until('no session is left', async () => (await server.run('psql', place)) === '0');
    const log = await running.logTail(64 * 1024);
    expect(log).not.toMatch(/reset by peer|unexpected EOF|could not send/);
  });

  test('proves the server’s certificate and name as far as it is asked to', async () => {
    const full = { sslMode: 'verify-full', sslRootCert: certificate } as const;
    expect((await copyAs({ ...full, host: 'localhost' })).timeline).toBe(1);
    expect((await copyAs({ ...full, sslMode: 'verify-ca' })).timeline).toBe(1);
    expect((await copyAs({ sslMode: 'prefer' })).timeline).toBe(1);
    for (const wrong of [full, { sslMode: 'verify-full', sslRootCert: 'system' } as const]) {
      await expect(copyAs(wrong)).rejects.toMatchObject({ code: 'PG-CONNECT' });
    }
  });

  test.each([
    ['a wrong password', { password: 'wrong' }, '28P01'],
    ['no encryption where it is demanded', { sslMode: 'disable' }, '28000'],
  ] as const)('is refused with %s', async (_, changes, sqlState) => {
    await expect(copyAs(changes)).rejects.toMatchObject({
      code: 'PG-CONNECT',
      details: { sqlState },
    });
  });

  test('tells a role that may not replicate what it needs', async () => {
    await expect(copyAs({ user: 'plain' })).rejects.toMatchObject({
      hint: expect.stringContaining('REPLICATION'),
      details: { sqlState: '42501' },
    });
  });

  test('fails with a code when the connection is cut in mid-copy', async () => {
    const cutting = createServer((near) => {
      const far = connect(connection.port, '127.0.0.1');
      near.pipe(far).on('error', () => undefined);
      let left = 5_000_000;
      far.on('data', (chunk) => {
        left -= chunk.byteLength;
        if (left > 0) near.write(chunk);
        else near.resetAndDestroy();
      });
      near.on('error', () => undefined).on('close', () => far.destroy());
    });
    await new Promise<void>((resolve) => void cutting.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void cutting.close());
    const address = cutting.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(copyAs({ port })).rejects.toMatchObject({ code: 'BACKUP-FAILED' });
  });

  test('is refused where TLS is asked for and not offered, or nothing listens', async () => {
    const mute = createServer((socket) => void socket.once('data', () => socket.end('N')));
    await new Promise<void>((resolve) => void mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(copyAs({ port })).rejects.toMatchObject({ code: 'PG-CONNECT' });
    mute.close();
    await expect(copyAs({ port })).rejects.toMatchObject({ code: 'PG-CONNECT' });
  });
});
