import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { healthSessions } from '../../../lib/core/adapters/postgres/health-session.ts';
import { servedCertificate } from '../../../lib/core/adapters/postgres/served-certificate.ts';
import { MONITOR } from '../../../lib/core/init/ensure-roles.ts';
import { drillBook } from '../../fire-drill/drill-book.ts';
import { serveOverTls, type TlsServer } from '../../support/tls-server.ts';
import { drillServer } from './drill-server.ts';

const drill = drillBook(import.meta.filename);
const { it, sql, course, changes } = drillServer({ walSegmentMegabytes: 1 });

/** Has the server show another certificate, by the same authority and for the same key. */
async function certify(tls: TlsServer, directory: string, days: number): Promise<void> {
  const file = (part: string): string => join(directory, `authority-${part}.pem`);
  const signed = ['-CA', file('root'), '-CAkey', file('root-key'), '-subj', `/CN=${tls.host}`];
  const named = ['-addext', `subjectAltName=DNS:${tls.host}`, '-days', String(days)];
  const files = ['-key', file('key'), '-out', file('certificate')];
  await execa('openssl', ['req', '-x509', '-new', ...signed, ...named, ...files]);
  await tls.sql('SELECT pg_reload_conf()');
}

drill('CertificateRunway', 'page', async () => {
  const { instance, server, directory } = it();
  await sql(`ALTER ROLE ${MONITOR} PASSWORD 'of-a-test'`);
  const tls = await serveOverTls({ instance, server, directory });
  onTestFinished(async () => tls[Symbol.asyncDispose]());
  await certify(tls, directory, 60);
  const connection = {
    host: tls.host,
    port: tls.port,
    user: MONITOR,
    database: 'postgres',
    password: 'of-a-test',
    sslMode: 'verify-full',
    sslRoots: tls.roots,
  } as const;
  changes.sessions = healthSessions(connection);
  changes.certificate = async (options) => servedCertificate(connection, options);
  return course('CertificateRunway', async () => {
    await certify(tls, directory, 3);
    return async () => certify(tls, directory, 60);
  });
});
