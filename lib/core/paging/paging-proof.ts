import { z } from 'zod';

/** What is sent along the way that pages go, to see that it is open. */
const Proof = z.object({
  holdfast: z.literal('paging-proof'),
  environment: z.string(),
  cluster: z.string(),
  at: z.iso.datetime().transform((text) => new Date(text)),
});

/** Whose way is proven, and when that was asked for. */
export interface PagingProof {
  readonly environment: string;
  readonly cluster: string;
  readonly at: Date;
}

/** Older ones prove nothing of now. */
const FRESH_MS = 3_600_000;
/** By which clocks may differ. */
const AHEAD_MS = 300_000;

/** The text of a proof. */
export function encodeProof({ environment, cluster, at }: PagingProof): string {
  return JSON.stringify({
    holdfast: 'paging-proof',
    environment,
    cluster,
    at: at.toISOString(),
    note: 'a test of the way that pages go: there is nothing to do',
  });
}

/**
 * The proof that a text is; `undefined` for any other text, for another cluster's, and for one that is over an hour old:
 * a person is told of those.
 */
export function freshProof(
  text: string,
  { environment, cluster }: Pick<PagingProof, 'environment' | 'cluster'>,
  now: Date,
): PagingProof | undefined {
  const proof = parseProof(text);
  if (proof?.environment !== environment || proof.cluster !== cluster) return undefined;
  const ageMs = now.getTime() - proof.at.getTime();
  return ageMs <= FRESH_MS && ageMs >= -AHEAD_MS ? proof : undefined;
}

function parseProof(text: string): PagingProof | undefined {
  try {
    return Proof.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
