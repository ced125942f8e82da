import { describe, expect, test } from 'vitest';
import type { ConnectionOptions } from '../../../../lib/core/adapters/postgres/connection.ts';
import { sslOption } from '../../../../lib/core/adapters/postgres/tls.ts';

const SERVER: ConnectionOptions = { host: 'db.test', port: 5432, user: 'u', database: 'd' };

describe('sslOption', () => {
  test('never encrypts a unix socket', () => {
    expect(sslOption({ ...SERVER, host: '/run/pg', sslMode: 'verify-full' })).toBe(false);
  });

  test('turns TLS off for disable alone', () => {
    expect(sslOption({ ...SERVER, sslMode: 'disable' })).toBe(false);
    expect(sslOption({ ...SERVER, sslMode: 'allow' })).toBe('prefer');
    expect(sslOption(SERVER)).toBe('prefer');
  });

  test('checks no certificate for require without a root certificate', () => {
    expect(sslOption({ ...SERVER, sslMode: 'require' })).toEqual({ rejectUnauthorized: false });
  });

  test('checks the certificate for require with the roots of the system', () => {
    expect(sslOption({ ...SERVER, sslMode: 'require', sslRootCert: 'system' })).toMatchObject({
      rejectUnauthorized: true,
    });
  });

  test('compares the name for verify-full, and not for verify-ca', () => {
    const certificate = { subject: { CN: 'other.test' }, subjectaltname: 'DNS:other.test' };
    expect(checkName('verify-full', certificate)).toBeInstanceOf(Error);
    expect(checkName('verify-ca', certificate)).toBeUndefined();
  });

  test('compares an address with the addresses of the certificate', () => {
    const certificate = { subject: { CN: 'x' }, subjectaltname: 'IP Address:127.0.0.1' };
    expect(checkName('verify-full', certificate, '127.0.0.1')).toBeUndefined();
    expect(checkName('verify-full', certificate, '127.0.0.2')).toBeInstanceOf(Error);
  });

  test('trusts root certificates that are given as text, and then checks for require too', () => {
    for (const sslMode of ['require', 'verify-ca', 'verify-full'] as const) {
      expect(sslOption({ ...SERVER, sslMode, sslRoots: 'PEM' })).toMatchObject({
        ca: 'PEM',
        rejectUnauthorized: true,
      });
    }
  });

  test('fails when the root certificate cannot be read', () => {
    expect(() =>
      sslOption({ ...SERVER, sslMode: 'verify-ca', sslRootCert: '/nonexistent/root.crt' }),
    ).toThrowError(expect.objectContaining({ code: 'PG-CONNECT' }));
  });
});

function checkName(
  sslMode: 'verify-ca' | 'verify-full',
  certificate: object,
  host = 'db.test',
): Error | undefined {
  const option = sslOption({ ...SERVER, host, sslMode });
  if (typeof option !== 'object') throw new Error('TLS is off');
  // Node gives many more fields; the check reads these two.
  return option.checkServerIdentity?.('ignored', certificate as never);
}
