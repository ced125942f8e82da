import {
  isValid,
  KNOWN_AFTER_MS,
  LAST_SIGNATURE_MS,
  type Life,
  renewalAt,
} from './certificate-life.ts';
import type { ServerFacts } from './read-certificates.ts';

/** An authority, as far as plans go. */
export interface AuthorityFacts extends Life {
  readonly id: string;
}

/** All that decides what is to be done about a cluster's certificates. */
export interface CertificateFacts {
  readonly now: Date;
  /** Names that the server's certificate must be valid for. */
  readonly names: readonly string[];
  /** All whose keys are kept, oldest first. */
  readonly authorities: readonly AuthorityFacts[];
  /** The list by which clients verify: ids, and since when it has been as it is. */
  readonly published: { readonly ids: readonly string[]; readonly since: Date } | undefined;
  /** The same list as it is on this host. */
  readonly placed: readonly string[];
  /** `undefined` where there is none that a server could use. */
  readonly server: ServerFacts | undefined;
}

/** What is to be done next; after it, plan again. */
export type CertificateStep =
  | { readonly step: 'make-authority' }
  | { readonly step: 'publish'; readonly roots: readonly string[] }
  | { readonly step: 'place'; readonly roots: readonly string[] }
  | { readonly step: 'sign'; readonly by: string }
  | { readonly step: 'rest' };

/**
 * What is to be done next about a cluster's certificates.
 *
 * An authority gets a successor at two thirds of its life, and every one that has not ended is published.
 * A new one signs only once clients have had time to learn of it. So at every moment a server's certificate
 * can be verified by each list that was current at any time in that span.
 *
 * Steps come in the order in which they must be durable: a key, its certificate with the clients, what it
 * signs.
 */
export function planCertificates(facts: CertificateFacts): CertificateStep {
  const { now, authorities, published, placed, server } = facts;
  const newest = authorities.at(-1);
  if (newest === undefined || renewalAt(newest) <= now) return { step: 'make-authority' };
  const roots = livingAuthorities(authorities, now).map(({ id }) => id);
  if (published === undefined || !isSame(published.ids, roots)) return { step: 'publish', roots };
  if (!isSame(placed, roots)) return { step: 'place', roots };
  const by = chooseSigner(facts, published.since) ?? newest.id;
  const isGood = server !== undefined && server.signedBy === by && !isDue(server, facts);
  return isGood ? { step: 'rest' } : { step: 'sign', by };
}

/** The authorities that have not ended. */
export function livingAuthorities<T extends AuthorityFacts>(
  authorities: readonly T[],
  now: Date,
): readonly T[] {
  return authorities.filter(({ notAfter }) => now < notAfter);
}

/**
 * The newest once clients have had time to learn of it. Until then whoever signed the certificate that is
 * served, for that is known; else the oldest, which has been published the longest.
 */
function chooseSigner(facts: CertificateFacts, publishedSince: Date): string | undefined {
  const { now, authorities, server } = facts;
  const lasting = authorities.filter(
    ({ notAfter }) => notAfter.getTime() - now.getTime() >= LAST_SIGNATURE_MS,
  );
  if (now.getTime() - publishedSince.getTime() >= KNOWN_AFTER_MS) return lasting.at(-1)?.id;
  const current = lasting.find(({ id }) => id === server?.signedBy);
  return (current ?? lasting[0])?.id;
}

function isDue(server: ServerFacts, { now, names }: CertificateFacts): boolean {
  const isNamed = isSame(server.names.toSorted(), names.toSorted());
  return !isNamed || !isValid(server, now) || renewalAt(server) <= now;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
