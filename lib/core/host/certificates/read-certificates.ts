import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Authority } from './authority.ts';
import type { Life } from './certificate-life.ts';

/** What is known of a server's certificate. */
export interface ServerFacts extends Life {
  /** DNS names that it is valid for. */
  readonly names: readonly string[];
  /** Id of the authority that signed it; `undefined` when none of those known did. */
  readonly signedBy: string | undefined;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * What a server's certificate says.
 *
 * @returns `undefined` where a server could not use it: it or its key is absent, unreadable, or another's.
 */
export function readServerCertificate(
  files: { readonly certificate: string | undefined; readonly privateKey: string | undefined },
  authorities: readonly Authority[],
): ServerFacts | undefined {
  if (files.certificate === undefined || files.privateKey === undefined) return undefined;
  try {
    const certificate = new X509Certificate(files.certificate);
    if (!certificate.checkPrivateKey(createPrivateKey(files.privateKey))) return undefined;
    const signer = authorities.find((authority) => isSigned(certificate, authority));
    return {
      names: (certificate.subjectAltName ?? '')
        .split(', ')
        .map((name) => name.slice('DNS:'.length)),
      signedBy: signer?.id,
      notBefore: certificate.validFromDate,
      notAfter: certificate.validToDate,
    };
  } catch {
    return undefined;
  }
}

/** Ids of the certificates in a text of PEM, in their order; an unreadable one counts as none. */
export function readRootIds(text: string): readonly string[] {
  return (text.match(CERTIFICATE) ?? []).flatMap((pem) => {
    try {
      return [new X509Certificate(pem).fingerprint256];
    } catch {
      return [];
    }
  });
}

function isSigned(certificate: X509Certificate, authority: Authority): boolean {
  const signer = new X509Certificate(authority.certificate);
  return certificate.checkIssued(signer) && certificate.verify(signer.publicKey);
}
