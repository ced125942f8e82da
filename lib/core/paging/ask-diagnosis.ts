import { Event } from '../contract/events.ts';
import type { Diagnosis } from '../diagnosis/diagnosis-record.ts';
import { within } from '../diagnosis/within.ts';
import { isOpsError, toOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Diagnoser, DiagnosisRequest } from '../ports/diagnoser.ts';
import type { Invocation } from '../ports/invocation.ts';
import type { Log } from '../ports/log.ts';
import { diagnosisFacts } from './diagnosis-facts.ts';
import type { Fact } from './message.ts';

/** What asking needs. */
export interface AskDeps {
  /** `undefined` where none is deployed. */
  readonly diagnoser: Diagnoser | undefined;
  readonly clock: Clock;
  readonly invocation: Invocation;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What a page says of a diagnosis. */
export interface DiagnosisTelling {
  readonly facts: readonly Fact[];
  /** `s3://bucket/key` of what is kept. */
  readonly object: string | undefined;
}

export const DIAGNOSIS_MS = 10_000;
/** The time of this function that is left for telling people, whatever a diagnosis takes. */
export const TELLING_MS = 12_000;
const NOTHING: DiagnosisTelling = { facts: [], object: undefined };

/**
 * What stands behind a page; a page goes out without it, and says so, when it does not come in time. One failure may be
 * chance, so it is asked a second time in what is left of that. Never throws.
 */
export async function askDiagnosis(
  request: DiagnosisRequest,
  deps: AskDeps,
): Promise<DiagnosisTelling> {
  const { diagnoser, invocation, log } = deps;
  if (diagnoser === undefined) return NOTHING;
  const limitMs = Math.min(DIAGNOSIS_MS, invocation.remainingMs() - TELLING_MS);
  if (limitMs <= 0) return missing('no time was left for it');
  try {
    const diagnosis = await within(limitMs, deps, async (signal) =>
      askAgain(diagnoser, request, signal),
    );
    return { facts: diagnosisFacts(diagnosis), object: diagnosis.object };
  } catch (error) {
    const { code, message } = toOpsError(error);
    log.warn(Event.DIAGNOSIS_MISSING, { alarm: request.alarm, error_code: code, error: message });
    return missing(
      isOpsError(error, 'HEALTH-DIAGNOSIS') ? `none: ${message}` : `none: ${code}: ${message}`,
    );
  }
}

async function askAgain(
  diagnoser: Diagnoser,
  request: DiagnosisRequest,
  signal: AbortSignal,
): Promise<Diagnosis> {
  try {
    return await diagnoser.diagnose(request, { signal });
  } catch {
    signal.throwIfAborted();
    return diagnoser.diagnose(request, { signal });
  }
}

function missing(text: string): DiagnosisTelling {
  return { facts: [{ label: 'Diagnosis', text }], object: undefined };
}
