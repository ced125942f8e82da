import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/asn1-x509';
import type { Authority } from './authority.ts';
import { AUTHORITY_LIFE_MS, lifeFrom, SERVER_LIFE_MS } from './certificate-life.ts';
import { extension, writeCertificate } from './write-certificate.ts';

/** A certificate in PEM, and its key in PKCS #8. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a server's certificate is for. */
export interface ServerCertificateRequest {
  readonly authority: Authority;
  /** Names by which clients reach the server. */
  readonly names: readonly string[];
  readonly now: Date;
}

/** @see https://neuromancer.sk/std/nist/P-256 */
const CURVE = 'P-256';
/** A name of 64 characters fits here, and a server's may be longer: the names to verify stand elsewhere. */
const SERVER = 'holdfast-postgres';
const MARK_BYTES = 4;

/** A new authority, whose name no other has. It may sign servers' certificates and nothing else. */
export function makeAuthority(now: Date): KeyedCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  const mark = randomBytes(MARK_BYTES).toString('hex');
  const name = `Holdfast ${now.toISOString().slice(0, 10)} ${mark}`;
  const certificate = writeCertificate({
    ...lifeFrom(now, AUTHORITY_LIFE_MS),
    subject: name,
    issuer: name,
    publicKey,
    signingKey: privateKey,
    extensions: [
      extension(
        x509.id_ce_basicConstraints,
        new x509.BasicConstraints({ cA: true, pathLenConstraint: 0 }),
        true,
      ),
      extension(
        x509.id_ce_keyUsage,
        new x509.KeyUsage(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign),
        true,
      ),
    ],
  });
  return { certificate, privateKey: pemOf(privateKey) };
}

/** A certificate with a new key for a server, which ends no later than who signs it. */
export function makeServerCertificate(request: ServerCertificateRequest): KeyedCertificate {
  const { authority, names, now } = request;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  const signingKey = createPrivateKey(authority.privateKey);
  const dnsNames = names.map((dNSName) => new x509.GeneralName({ dNSName }));
  const certificate = writeCertificate({
    ...lifeFrom(now, SERVER_LIFE_MS, authority.notAfter),
    subject: SERVER,
    issuer: authority.name,
    publicKey,
    signingKey,
    extensions: [
      extension(x509.id_ce_basicConstraints, new x509.BasicConstraints({ cA: false }), true),
      extension(x509.id_ce_keyUsage, new x509.KeyUsage(x509.KeyUsageFlags.digitalSignature), true),
      extension(x509.id_ce_extKeyUsage, new x509.ExtendedKeyUsage([x509.id_kp_serverAuth])),
      extension(x509.id_ce_subjectAltName, new x509.SubjectAlternativeName(dnsNames)),
    ],
  });
  return { certificate, privateKey: pemOf(privateKey) };
}

function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
