import type { ObjectHead } from '../ports/object-store.ts';
import { gapAround, type KnownGap } from '../store/gap-log.ts';
import type { Lineage } from '../store/lineage.ts';
import { epochLog } from './epoch-log.ts';
import { type Finding, findingFrom, type VerifyReport } from './verify-report.ts';

/** A verification in progress: what was looked at, and what is wrong. */
export interface Verification {
  /** An object that its name and size prove. */
  count(head: ObjectHead): void;
  /**
   * An object that `prove` looks into; what it throws about the object becomes a finding.
   *
   * @param prove - gives the epoch of the writer that archived the object, if it is of the archive.
   */
  check(head: ObjectHead, prove: () => Promise<number | undefined>): Promise<void>;
  find(...findings: readonly Finding[]): void;
  /** What the objects amount to together: named ahead of what is wrong with single ones. */
  conclude(...findings: readonly Finding[]): void;
  /** Records of writer epochs that must have been met, and were not. */
  missingEpochs(): readonly Finding[];
  result(): Pick<VerifyReport, 'ok' | 'checkedObjects' | 'checkedBytes' | 'findings'>;
}

/** Starts with nothing looked at. */
export function verification(
  lineage: Lineage,
  knownGaps: readonly KnownGap[],
  onProgress: (checkedObjects: number, checkedBytes: number) => void,
): Verification {
  const findings = new Map<string, Finding>();
  const conclusions = new Map<string, Finding>();
  const epochs = epochLog(lineage.keys);
  let checkedObjects = 0;
  let checkedBytes = 0;
  const count = ({ bytes }: ObjectHead): void => {
    checkedObjects += 1;
    checkedBytes += bytes;
    onProgress(checkedObjects, checkedBytes);
  };
  const addTo =
    (list: Map<string, Finding>) =>
    (...found: readonly Finding[]): void => {
      for (const one of found) {
        const id = `${one.code} ${one.object}`;
        if (!list.has(id) && !isGivenUp(lineage, knownGaps, one)) list.set(id, one);
      }
    };
  const find = addTo(findings);
  return {
    count,
    find,
    conclude: addTo(conclusions),
    check: async (head, prove) => {
      try {
        epochs.add(head.key, await prove());
      } catch (error) {
        epochs.add(head.key, undefined);
        find(findingFrom(error, head.key));
      }
      count(head);
    },
    missingEpochs: () => epochs.missing(),
    result: () => {
      const all = [...new Map([...conclusions, ...findings]).values()];
      return { ok: all.length === 0, checkedObjects, checkedBytes, findings: all };
    },
  };
}

/** Whether a segment is gone that was acknowledged to be missing, or is one that no recovery uses. */
function isGivenUp(
  { keys }: Lineage,
  knownGaps: readonly KnownGap[],
  { code, object }: Finding,
): boolean {
  const name = object.slice(object.lastIndexOf('/') + 1, -'.zst'.length);
  if (object !== keys.wal(name)) return false;
  if (gapAround(knownGaps, name, 'poisoned') !== undefined) return true;
  return code === 'STORE-ABSENT' && gapAround(knownGaps, name, 'missing') !== undefined;
}
