import { readFileSync } from 'node:fs';
import { checkServerIdentity, type ConnectionOptions as TlsOptions } from 'node:tls';
import { OpsError } from '../../errors/ops-error.ts';
import type { ConnectionOptions } from './connection.ts';

/** What postgres.js takes as `ssl`. */
export type SslOption = false | 'prefer' | TlsOptions;

/**
 * libpq's `sslmode` in the driver's words. As in libpq, a unix socket is never encrypted, and
 * `require` checks the certificate when a root certificate is named.
 *
 * @throws {@link OpsError} `PG-CONNECT` when the root certificate cannot be read.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
 */
export function sslOption(connection: ConnectionOptions): SslOption {
  const { host, sslMode = 'prefer', sslRootCert, sslRoots } = connection;
  if (host.startsWith('/') || sslMode === 'disable') return false;
  // The driver cannot try plain first; both of these accept either.
  if (sslMode === 'allow' || sslMode === 'prefer') return 'prefer';
  const hasRoots = sslRootCert !== undefined || sslRoots !== undefined;
  if (sslMode === 'require' && !hasRoots) return { rejectUnauthorized: false };
  const nameMatters = sslMode === 'verify-full' || sslRootCert === 'system';
  return {
    ...rootsOf(connection),
    rejectUnauthorized: true,
    // Node would compare with "localhost" when the host is an address.
    checkServerIdentity: (_name, certificate) =>
      nameMatters ? checkServerIdentity(host, certificate) : undefined,
  };
}

/** Without any, Node trusts those that it comes with. */
function rootsOf({ sslRoots, sslRootCert }: ConnectionOptions): { readonly ca?: string } {
  if (sslRoots !== undefined) return { ca: sslRoots };
  return sslRootCert === undefined || sslRootCert === 'system' ? {} : readRoots(sslRootCert);
}

function readRoots(path: string): { readonly ca: string } {
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new OpsError('PG-CONNECT', `the root certificate ${path} cannot be read`, {
      cause,
      hint: 'set PGSSLROOTCERT to a readable file of certificates',
    });
  }
}
