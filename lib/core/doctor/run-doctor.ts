import type { ErrorCode } from '../errors/codes.ts';
import { type OpsError, toOpsError } from '../errors/ops-error.ts';
import { AREAS, type Area, type Check, type Verdict } from './check.ts';
import { type FactSources, type GatherContext, NotNamed } from './facts.ts';
import { gatherFacts } from './gather-facts.ts';

/** What one check came to. */
export interface CheckResult extends Verdict {
  readonly id: string;
  readonly area: Area;
  readonly about: string;
  /** Why it could not be looked at. */
  readonly code?: ErrorCode | undefined;
}

/** What the doctor found. */
export interface DoctorReport {
  /** Whether nothing fails; there may be warnings, and checks that were skipped. */
  readonly ok: boolean;
  /** By area. */
  readonly checks: readonly CheckResult[];
}

/**
 * Looks at everything there is to see, and judges it row by row. A check that cannot be made is a
 * result of its own, and hides no other.
 *
 * What kept a fact from being gathered fails the first check that wants the fact, with the error's
 * own code and hint; further checks that are blind for the very same reason are skipped, and say so.
 */
export async function runDoctor(
  checks: readonly Check[],
  sources: FactSources,
  context: GatherContext,
): Promise<DoctorReport> {
  const see = await gatherFacts(sources, context);
  const reported = new Map<OpsError, string>();
  const inOrder = AREAS.flatMap((area) => checks.filter((check) => check.area === area));
  const results = inOrder.map(({ id, area, about, judge }): CheckResult => {
    const row = { id, area, about };
    try {
      return { ...row, ...judge(see) };
    } catch (error) {
      if (error instanceof NotNamed) return { ...row, ...notLooked(error) };
      const cause = toOpsError(error);
      const first = reported.get(cause);
      if (first !== undefined) {
        return { ...row, status: 'skipped', saw: `not seen: ${first} failed`, code: cause.code };
      }
      reported.set(cause, id);
      const { code, message, hint } = cause;
      return { ...row, status: 'fail', saw: message, fix: hint, code };
    }
  });
  return { ok: results.every(({ status }) => status !== 'fail'), checks: results };
}

function notLooked({ option }: NotNamed): Verdict {
  return { status: 'skipped', saw: `not looked at: name it with ${option}` };
}
