import { type OpsError, toOpsError } from '../errors/ops-error.ts';
import type { Answer } from '../ports/health-session.ts';
import type { DiagnosisPart, PartId, Row } from './diagnosis-record.ts';
import { scrub } from './scrub.ts';

/** What one look came to, before it is put into a record. */
export interface Look {
  /** One line for people. */
  readonly says: string;
  readonly rows?: readonly Row[];
  /** What to run next because of it. */
  readonly next?: string;
}

/** A look, or why there is none. */
export type Outcome = Look | { readonly missing: string };

/** The part of a record that a look makes. */
export function partOf(id: PartId, outcome: Outcome): DiagnosisPart {
  return 'missing' in outcome
    ? { id, says: outcome.missing, isMissing: true, rows: [] }
    : { id, says: outcome.says, isMissing: false, rows: [...(outcome.rows ?? [])] };
}

/** What a look came to, whatever it throws. */
export async function attempt(look: () => Promise<Look>): Promise<Outcome> {
  try {
    return await look();
  } catch (error) {
    return { missing: faultWords(error) };
  }
}

/** Rows of an answer; of a refusal, the server's words without what stood in quotes. */
export function rowsOf(answer: Answer): readonly Readonly<Record<string, unknown>>[] | string {
  return 'refused' in answer ? scrub(answer.why) : answer.rows;
}

/**
 * Why a look failed. What the server said is told without its literals; Holdfast's own words are told as they are.
 */
export function faultWords(error: unknown): string {
  const fault = toOpsError(error);
  return `${fault.code}: ${isOwn(fault) ? fault.message : scrub(fault.message)}`;
}

function isOwn({ code }: OpsError): boolean {
  return /^(HEALTH|STORE|CATALOG|AWS|VAULT)-/.test(code);
}
