import { createPublicKey, hash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { ecdsaWithSHA256 } from '@peculiar/asn1-ecc';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as x509 from '@peculiar/asn1-x509';
import type { Life } from './certificate-life.ts';

/** What stands in a certificate. */
export interface CertificateText extends Life {
  /** Name of whom it is about. */
  readonly subject: string;
  /** Name of who signs it; the subject's own for an authority. */
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly x509.Extension[];
}

/** @see https://oidref.com/2.5.4.3 */
const COMMON_NAME = '2.5.4.3';
const SERIAL_BYTES = 16;
const KEY_ID_BYTES = 20;
const PEM_LINE = 64;

/**
 * A certificate in PEM, version 3, signed with ECDSA and SHA-256, under a random serial number, with the ids
 * of both keys.
 *
 * @see RFC 5280, sections 4.1 and 4.2.1
 */
export function writeCertificate(text: CertificateText): string {
  const signerId = keyId(createPublicKey(text.signingKey));
  const tbsCertificate = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: serialNumber(),
    signature: ecdsaWithSHA256,
    issuer: nameOf(text.issuer),
    validity: new x509.Validity({ notBefore: text.notBefore, notAfter: text.notAfter }),
    subject: nameOf(text.subject),
    subjectPublicKeyInfo: infoOf(text.publicKey),
    extensions: new x509.Extensions([
      extension(
        x509.id_ce_subjectKeyIdentifier,
        new x509.SubjectKeyIdentifier(keyId(text.publicKey)),
      ),
      extension(
        x509.id_ce_authorityKeyIdentifier,
        new x509.AuthorityKeyIdentifier({ keyIdentifier: new x509.KeyIdentifier(signerId) }),
      ),
      ...text.extensions,
    ]),
  });
  const signed = Buffer.from(AsnConvert.serialize(tbsCertificate));
  const certificate = new x509.Certificate({
    tbsCertificate,
    signatureAlgorithm: ecdsaWithSHA256,
    signatureValue: bufferOf(sign('sha256', signed, text.signingKey)),
  });
  return toPem(Buffer.from(AsnConvert.serialize(certificate)));
}

/** An extension that a verifier may ignore, unless it is `critical`. */
export function extension(id: string, value: object, critical = false): x509.Extension {
  return new x509.Extension({
    extnID: id,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

/** Positive, and as short as DER wants it: its first byte is from 0x40 to 0x7f. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bufferOf(bytes);
}

/** @see RFC 7093, section 2: the left of SHA-256 over the key's bits */
function keyId(publicKey: KeyObject): ArrayBuffer {
  const bits = new Uint8Array(infoOf(publicKey).subjectPublicKey);
  return bufferOf(hash('sha256', bits, 'buffer').subarray(0, KEY_ID_BYTES));
}

function infoOf(publicKey: KeyObject): x509.SubjectPublicKeyInfo {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return AsnConvert.parse(der, x509.SubjectPublicKeyInfo);
}

function nameOf(commonName: string): x509.Name {
  const value = new x509.AttributeValue({ utf8String: commonName });
  const attribute = new x509.AttributeTypeAndValue({ type: COMMON_NAME, value });
  return new x509.Name([new x509.RelativeDistinguishedName([attribute])]);
}

/** The same bytes, in a buffer of their own. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(new RegExp(`.{1,${PEM_LINE}}`, 'g')) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
