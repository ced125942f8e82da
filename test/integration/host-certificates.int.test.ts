import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateFiles } from '../../lib/core/adapters/host/certificate-files.ts';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { waitUntilReady } from '../../lib/core/adapters/postgres/server-readiness.ts';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import {
  type CertificateReport,
  convergeCertificates,
} from '../../lib/core/host/certificates/converge-certificates.ts';
import type { RunningServer } from '../../lib/core/ports/postgres-instance.ts';
import { CertificateStage, REQUEST } from '../support/certificate-stage.ts';
import { freePort } from '../support/free-port.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const it = testServer();
/** By this one the resolver finds it too. */
const NAMES = ['localhost', 'holdfast-postgres'];
const stage = new CertificateStage();
stage.now = new Date();

let running: RunningServer;
let port: number;
let tls: string;

async function converge(names: readonly string[]): Promise<CertificateReport> {
  const deps = { ...stage.deps, files: certificateFiles };
  return convergeCertificates({ ...REQUEST, names, directory: tls }, deps);
}

beforeAll(async () => {
  const { server, instance, directory } = it();
  tls = join(directory, 'tls');
  await mkdir(tls, { mode: 0o700 });
  const owner = serverOwner();
  if (owner !== undefined) await chown(tls, owner.uid, owner.gid);
  await converge(NAMES);
  await server.stop();
  const rules = 'hostssl all all 127.0.0.1/32 trust\nlocal all all trust\n';
  await writeFile(join(server.dataDirectory, 'pg_hba.conf'), rules);
  port = await freePort();
  running = await instance.start({
    dataDirectory: server.dataDirectory,
    logFile: join(directory, 'tls.log'),
    settings: {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: directory,
      ssl: 'on',
      ssl_key_file: join(tls, 'server.key'),
      ssl_cert_file: join(tls, 'server.crt'),
    },
  });
  await waitUntilReady(running, { ...server.connection, host: directory, port }, 30_000);
});
afterAll(async () => running.stop('immediate'));

/** What psql says to a server that it takes for `host`. */
async function psql(host: string, roots: string): Promise<string> {
  const { binDirectory } = it().instance;
  const rootFile = join(it().directory, 'published.pem');
  await writeFile(rootFile, roots);
  const { all } = await execa(
    join(binDirectory, 'psql'),
    ['-XAtqc', 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()'],
    {
      env: {
        PGHOST: host,
        PGHOSTADDR: '127.0.0.1',
        PGPORT: String(port),
        PGUSER: 'postgres',
        PGDATABASE: 'postgres',
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: rootFile,
      },
      reject: false,
      all: true,
    },
  );
  return all;
}

async function connect(changes: Partial<ConnectionOptions> = {}): Promise<unknown> {
  const connection = { host: 'localhost', port, user: 'postgres', database: 'postgres' };
  const verified = { sslMode: 'verify-full', sslRoots: stage.list?.text } as const;
  return withSession(
    { ...connection, ...verified, ...changes },
    {},
    async (session) => session`SELECT 1 AS one`,
  );
}

describe('a server with the certificate that its host made', () => {
  test.each(NAMES)('is verified in full by psql, as %s', async (name) => {
    expect(await psql(name, stage.list?.text ?? '')).toBe('TLSv1.3');
    expect(await psql(name, await readFile(join(tls, 'roots.pem'), 'utf8'))).toBe('TLSv1.3');
  });

  test('is verified in full by the driver that Holdfast uses', async () => {
    expect(await connect()).toMatchObject([{ one: 1 }]);
  });

  test('is nobody else: not by name, not by another cluster’s authority', async () => {
    expect(await psql('elsewhere', stage.list?.text ?? '')).toContain(
      'does not match host name "elsewhere"',
    );
    const other = new CertificateStage();
    await other.converge();
    expect(await psql('localhost', other.list?.text ?? '')).toContain('certificate verify failed');
    await expect(connect({ sslRoots: other.list?.text })).rejects.toMatchObject({
      code: 'PG-CONNECT',
    });
  });

  test('shows the next one once it has read its files again', async () => {
    const { server, directory } = it();
    const before = new X509Certificate(await readFile(join(tls, 'server.crt')));
    const names = [...NAMES, 'moved.prod.holdfast.internal'];
    expect(await converge(names)).toMatchObject({ outcome: 'renewed' });
    const after = new X509Certificate(await readFile(join(tls, 'server.crt')));
    expect(after.serialNumber).not.toBe(before.serialNumber);
    const reload = ['-h', directory, '-p', String(port), '-XAtqc', 'SELECT pg_reload_conf()'];
    expect(await server.run('psql', reload)).toBe('t');
    await until('the server has the next certificate', async () => {
      return (await psql('moved.prod.holdfast.internal', stage.list?.text ?? '')) === 'TLSv1.3';
    });
    expect(await connect()).toMatchObject([{ one: 1 }]);
    expect(await running.logTail(64 * 1024)).not.toMatch(
      /could not load|SSL configuration was not/,
    );
  });
});
