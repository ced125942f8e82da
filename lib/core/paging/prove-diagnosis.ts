import { alarmName } from '../contract/deployed-names.ts';
import { Event } from '../contract/events.ts';
import { within } from '../diagnosis/within.ts';
import { toOpsError } from '../errors/ops-error.ts';
import type { DiagnosisRequest } from '../ports/diagnoser.ts';
import { type AskDeps, DIAGNOSIS_MS } from './ask-diagnosis.ts';
import type { PagingProof } from './paging-proof.ts';

/** One failure may be chance: a second one after this is none. */
const PAUSE_MS = 5_000;

/**
 * Whether pages can have a diagnosis; what it says is of no interest, and is not kept.
 *
 * Asked every day, as Lambda takes the network interface of a function in a VPC away that nobody has called for weeks, and
 * the next call then fails: that would be the first page after a quiet time.
 *
 * @returns false when it failed twice, each of which is in the log; true where none is deployed. Never throws.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export async function diagnoserAnswers(
  { environment, cluster, at }: PagingProof,
  deps: Omit<AskDeps, 'invocation'>,
): Promise<boolean> {
  const alarm = alarmName({ environment, cluster, id: 'PagingUnproven' });
  const request = { alarm, at, isProof: true };
  if (await answers(request, deps)) return true;
  try {
    await deps.clock.sleep(PAUSE_MS, deps.signal);
  } catch {
    return false;
  }
  return answers(request, deps);
}

async function answers(
  request: DiagnosisRequest,
  deps: Omit<AskDeps, 'invocation'>,
): Promise<boolean> {
  const { diagnoser, log } = deps;
  if (diagnoser === undefined) return true;
  try {
    await within(DIAGNOSIS_MS, deps, async (signal) => diagnoser.diagnose(request, { signal }));
    return true;
  } catch (error) {
    const { code, message } = toOpsError(error);
    log.warn(Event.DIAGNOSIS_MISSING, { alarm: request.alarm, error_code: code, error: message });
    return false;
  }
}
