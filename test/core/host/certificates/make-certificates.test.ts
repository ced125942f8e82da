import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import {
  type Authority,
  decodeAuthorities,
  encodeAuthorities,
} from '../../../../lib/core/host/certificates/authority.ts';
import {
  type KeyedCertificate,
  makeAuthority,
  makeServerCertificate,
} from '../../../../lib/core/host/certificates/make-certificates.ts';
import { readServerCertificate } from '../../../../lib/core/host/certificates/read-certificates.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const NOW = new Date('2026-12-01T12:00:00.750Z');
/** Longer than a common name may be. */
const LONG = `${'o'.repeat(31)}.${'p'.repeat(16)}.holdfast.internal`;
const NAMES = [LONG, 'holdfast-postgres'];

function authority(now = NOW): Authority {
  const [made] = decodeAuthorities('authority', encodeAuthorities([makeAuthority(now)]));
  if (made === undefined) throw new Error('no authority was read');
  return made;
}

const ROOT = authority();
const SERVER = makeServerCertificate({ authority: ROOT, names: NAMES, now: NOW });

describe('an authority', () => {
  test('lives ten years, and began an hour ago for clocks that are behind', () => {
    expect(ROOT.notBefore).toEqual(new Date('2026-12-01T11:00:00Z'));
    expect(ROOT.notAfter).toEqual(new Date('2036-11-28T12:00:00Z'));
  });

  test('has a key, a name and a number that no other has', () => {
    const made = Array.from(
      { length: 20 },
      () => new X509Certificate(makeAuthority(NOW).certificate),
    );
    for (const field of ['subject', 'serialNumber', 'fingerprint256'] as const) {
      expect(new Set(made.map((certificate) => certificate[field])).size).toBe(made.length);
    }
    expect(made.every(({ serialNumber }) => /^[4-7][0-9A-F]{31}$/.test(serialNumber))).toBe(true);
  });

  test('may still be made when its end is written with a year of four digits', () => {
    const late = authority(new Date('2045-01-01T00:00:00Z'));
    expect(late.notAfter.getUTCFullYear()).toBe(2_054);
  });
});

describe("a server's certificate", () => {
  test('is good for 90 days and for its names', () => {
    const files = { certificate: SERVER.certificate, privateKey: SERVER.privateKey };
    expect(readServerCertificate(files, [authority(), ROOT])).toEqual({
      names: NAMES,
      signedBy: ROOT.id,
      notBefore: new Date('2026-12-01T11:00:00Z'),
      notAfter: new Date('2027-03-01T12:00:00Z'),
    });
  });

  test('ends no later than who signs it', () => {
    const now = new Date(ROOT.notAfter.getTime() - 86_400_000);
    const { certificate } = makeServerCertificate({ authority: ROOT, names: NAMES, now });
    expect(new X509Certificate(certificate).validToDate).toEqual(ROOT.notAfter);
  });

  test('is none without its own key', () => {
    const { privateKey } = makeServerCertificate({ authority: ROOT, names: NAMES, now: NOW });
    const { certificate } = SERVER;
    expect(readServerCertificate({ certificate, privateKey }, [ROOT])).toBeUndefined();
    expect(readServerCertificate({ certificate, privateKey: undefined }, [ROOT])).toBeUndefined();
    expect(readServerCertificate({ certificate: 'x', privateKey }, [ROOT])).toBeUndefined();
  });
});

describe('OpenSSL, as strict as it can be,', () => {
  const write = async (pem: string): Promise<string> => {
    const path = join(await temporaryFolder(), 'certificates.pem');
    await writeFile(path, pem);
    return path;
  };
  const verify = async (
    roots: readonly Authority[],
    { certificate }: KeyedCertificate,
    ...options: readonly string[]
  ): Promise<string> => {
    const trusted = await write(roots.map((root) => root.certificate).join(''));
    const at = Math.floor(NOW.getTime() / 1_000);
    const strict = ['verify', '-x509_strict', '-check_ss_sig', '-attime', `${at}`];
    const { all } = await execa(
      'openssl',
      [...strict, '-CAfile', trusted, ...options, await write(certificate)],
      { reject: false, all: true },
    );
    return all;
  };
  const asServer = ['-purpose', 'sslserver', '-verify_hostname'];

  test.each(NAMES)('verifies a server by the name %s, among other roots', async (name) => {
    expect(await verify([authority(), ROOT], SERVER, ...asServer, name)).toContain('OK');
    expect(await verify([ROOT, authority()], SERVER, ...asServer, name)).toContain('OK');
  });

  test('verifies no other name, no other authority, and no client', async () => {
    expect(await verify([ROOT], SERVER, ...asServer, 'elsewhere')).toContain('hostname mismatch');
    expect(await verify([authority()], SERVER)).toContain('unable to get local issuer certificate');
    expect(await verify([ROOT], SERVER, '-purpose', 'sslclient')).toContain('purpose');
  });

  test('takes a server for no authority', async () => {
    const path = await write(SERVER.certificate);
    const { stdout } = await execa('openssl', ['x509', '-in', path, '-noout', '-text']);
    expect(stdout).toMatch(/Basic Constraints: critical\n\s+CA:FALSE/);
    expect(stdout).toMatch(/Key Usage: critical\n\s+Digital Signature\n/);
    expect(stdout).toMatch(/Extended Key Usage:\s*\n\s+TLS Web Server Authentication\n/);
    expect(stdout).toContain('ecdsa-with-SHA256');
    expect(stdout).toContain('prime256v1');
  });

  test('finds in an authority what only one that signs servers may have', async () => {
    const path = await write(ROOT.certificate);
    const { stdout } = await execa('openssl', ['x509', '-in', path, '-noout', '-text']);
    expect(stdout).toMatch(/Basic Constraints: critical\n\s+CA:TRUE, pathlen:0\n/);
    expect(stdout).toMatch(/Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);
    expect(stdout).toContain('Subject Key Identifier');
  });
});
