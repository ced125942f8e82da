import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { OpsError } from '../../errors/ops-error.ts';
import type { Life } from './certificate-life.ts';

/** What signs the certificates of a cluster's servers. */
export interface Authority extends Life {
  /** SHA-256 of its certificate. */
  readonly id: string;
  /** Its common name. */
  readonly name: string;
  /** In PEM. */
  readonly certificate: string;
  /** In PKCS #8, as PEM; it leaves the memory of this process only for the secret. */
  readonly privateKey: string;
}

/** The text of the secret. */
const AuthoritySecret = z.strictObject({
  format: z.literal(1),
  /** Oldest first. None at all is a person's word to begin anew: nothing else writes that. */
  authorities: z.array(z.strictObject({ certificate: z.string(), privateKey: z.string() })),
});

/**
 * Reads the authorities in the text of their secret, oldest first.
 *
 * @param secret - where the text is from, for messages.
 * @throws {@link OpsError} `HOST-CERTIFICATE` for a text that is not whole: to write another over it could
 *   end the trust of every client.
 */
export function decodeAuthorities(secret: string, text: string): readonly Authority[] {
  try {
    const { authorities } = AuthoritySecret.parse(JSON.parse(text));
    return authorities.map(toAuthority);
  } catch {
    // No cause: what a parser quotes may be a key.
    throw new OpsError('HOST-CERTIFICATE', `the secret ${secret} holds no readable authorities`, {
      hint: 'make its previous version current again; it is never written over',
      details: { secret },
    });
  }
}

/** The text of the secret, in the form that {@link decodeAuthorities} reads. */
export function encodeAuthorities(
  authorities: readonly z.output<typeof AuthoritySecret>['authorities'][number][],
): string {
  const kept = authorities.map(({ certificate, privateKey }) => ({ certificate, privateKey }));
  return JSON.stringify({ format: 1, authorities: kept } satisfies z.input<typeof AuthoritySecret>);
}

function toAuthority(kept: {
  readonly certificate: string;
  readonly privateKey: string;
}): Authority {
  const certificate = new X509Certificate(kept.certificate);
  const name = /^CN=(.+)$/.exec(certificate.subject)?.[1];
  const isWhole = certificate.ca && certificate.checkPrivateKey(createPrivateKey(kept.privateKey));
  if (name === undefined || !isWhole) throw new TypeError('no authority, or the key of another');
  return {
    ...kept,
    id: certificate.fingerprint256,
    name,
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
  };
}
