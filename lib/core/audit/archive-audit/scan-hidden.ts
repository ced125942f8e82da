import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { AuditFinding, AuditState } from './audit-record.ts';
import type { Expiries } from './expiries.ts';
import type { ScanOptions } from './scan-lane.ts';

type Hidden = AuditState['hidden'];

/** Of nothing. */
export const NOTHING_HIDDEN: Hidden = { expiring: { objects: 0, bytes: 0 }, findings: [], more: 0 };

/** More are counted: then it is not single objects that somebody hid. */
const MAX_HIDDEN = 100;

/**
 * Looks for objects that a delete marker hides and that retention did not let go, from where `from` left
 * it, until time is up, which is asked after each page: a store may have millions that nothing hides. A caller who may not see versions gets a finding that says so: nothing was found is another thing.
 */
export async function scanHidden(
  store: ObjectStore,
  { keys: { prefix } }: Lineage,
  from: Hidden,
  expiries: Expiries,
  { isTimeUp, signal }: Pick<ScanOptions, 'isTimeUp' | 'signal'>,
): Promise<{ readonly hidden: Hidden; readonly isDone: boolean }> {
  const findings = [...from.findings];
  let { expiring, more, to } = from;
  const stop = new AbortController();
  const either = AbortSignal.any(signal === undefined ? [stop.signal] : [stop.signal, signal]);
  const onLooked = (upTo: string | undefined): void => {
    if (stop.signal.aborted) return;
    to = upTo ?? to;
    if (isTimeUp()) stop.abort();
  };
  const left = (): Awaited<ReturnType<typeof scanHidden>> => ({
    hidden: { expiring, findings, more, to },
    isDone: false,
  });
  const options = { signal: either, onLooked, ...(to === undefined ? {} : { after: to }) };
  try {
    for await (const { key, bytes, hiddenAt } of store.hidden(prefix, options)) {
      // It lies after `to`, so the next audit sees it.
      if (stop.signal.aborted) return left();
      if (expiries.explains(key)) {
        expiring = { objects: expiring.objects + 1, bytes: expiring.bytes + bytes };
      } else if (findings.length < MAX_HIDDEN) findings.push(hiddenObject(key, hiddenAt));
      else more += 1;
    }
  } catch (error) {
    if (stop.signal.aborted && signal?.aborted !== true) return left();
    if (!isOpsError(error, 'STORE-DENIED')) throw error;
    findings.push(notLookedAt(prefix, error.message));
  }
  return { hidden: { expiring, findings, more }, isDone: true };
}

/** Those that are hidden still: whatever was brought back is no finding any more. */
export async function stillHidden(
  store: ObjectStore,
  hidden: Hidden,
  options: CallOptions,
): Promise<Hidden> {
  const findings: AuditFinding[] = [];
  for (const finding of hidden.findings) {
    const isBack =
      finding.code === 'VAULT-HIDDEN' && (await isListed(store, finding.object, options));
    if (!isBack) findings.push(finding);
  }
  return { ...hidden, findings };
}

/** By a listing: who audits may list every object, and read only what tells of others. */
async function isListed(
  store: ObjectStore,
  object: string,
  options: CallOptions,
): Promise<boolean> {
  for await (const { key } of store.list(object, options)) return key === object;
  return false;
}

function hiddenObject(key: string, hiddenAt: Date): AuditFinding {
  const detail = `was hidden by a delete marker at ${hiddenAt.toISOString()}, and retention did not let it go`;
  return { code: 'VAULT-HIDDEN', object: key, detail, severity: 'fault' };
}

function notLookedAt(prefix: string, why: string): AuditFinding {
  const detail = `nobody could see whether delete markers hide anything: ${why}`;
  return { code: 'STORE-DENIED', object: prefix, detail, severity: 'fault' };
}
