import { factCheck } from './fact-check.ts';
import type { Known } from './known.ts';

/** What the probe of a database learns of the server otherwise than by its checks' queries. */
export interface ProbeFacts {
  /** Whether the server let the monitoring role in and answered; `why` it did not. */
  readonly up: { readonly isUp: boolean; readonly why: string };
  /** The certificate that the server shows; `undefined` where the connection is not encrypted. */
  readonly certificate: { readonly endsAt: Date } | undefined;
  /** How far the server's clock is ahead of the probe's: at most so much more, or less. */
  readonly clock: { readonly aheadMs: number; readonly uncertaintyMs: number };
  /** What the probe cost: waiting for the server's answers, and from its first connection on. */
  readonly cost: { readonly serverMs: number; readonly wallMs: number };
  /** The segment that PostgreSQL says was archived last; `undefined` before the first. */
  readonly lastArchived: { readonly name: string; readonly isStored: boolean } | undefined;
}

/** What checks of {@link ProbeFacts} judge by: all but the server itself, which may not be there. */
export type ProbeKnown = Omit<Known, 'server'>;

/** Makes a check of one of {@link ProbeFacts}. */
export const probeCheck = factCheck<ProbeFacts, ProbeKnown>();
