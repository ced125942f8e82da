import { occurrenceId } from '../../contract/deployed-names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectHead, ObjectStore } from '../../ports/object-store.ts';
import { putOnce } from '../../runs/put-once.ts';
import { readGaps } from '../../store/gap-log.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { AuditFinding } from '../archive-audit/audit-record.ts';
import { AuditKind, newestAudit } from '../archive-audit/find-audits.ts';
import { verification } from '../verification.ts';
import { HashRecord, type Sweep } from './hash-record.ts';
import { afterSweep, firstDues, nextSweep, slotOf } from './rotation.ts';
import { proveObject, sweepArea, type SweepDeps } from './sweep-area.ts';
import { countUnlisted } from './unlisted.ts';

/** What {@link auditHashes} works with. */
export interface HashAuditDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
  /** Stored bytes after which it stops. @default - no limit */
  readonly maxBytes?: number | undefined;
  /** Whether to stop here, so that what was read is kept: the next audit goes on. */
  readonly isTimeUp: () => boolean;
  /** Frames, or segments, at once. */
  readonly parallel: number;
  /** Reads everything, whatever was read before. @default false */
  readonly isWhole?: boolean;
  readonly onProgress?: (readObjects: number, readBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

const AREAS = ['base', 'other', 'wal'] as const;
const MAX_FINDINGS = 200;
/** Told by the audit of the archive, which sees names and not bytes. */
const OTHERS = new Set(['STORE-ABSENT', 'STORE-KEY']);

/**
 * Reads the bytes of what is due, each object against its hashes and its name, and keeps how far it came as
 * `audit/<id>-hash.json`: with an audit a day each byte of a lineage is read once in 28 days. Objects that
 * are known to be damaged are read again each time, and named until they are whole.
 *
 * Memory does not grow with the number of objects. What was read is kept also when it fails.
 *
 * @throws {@link OpsError} the store's own, when it cannot be read; `ABORTED`.
 */
export async function auditHashes(deps: HashAuditDeps): Promise<HashRecord> {
  const { store, lineage, clock, signal } = deps;
  const now = clock.now();
  const query = { kind: AuditKind.HASH, schema: HashRecord, now };
  const { record: previous } = await newestAudit(store, lineage, query, { signal });
  const knownGaps = await readGaps(store, lineage, { signal });
  let readBytes = 0;
  let againBytes = 0;
  const run = verification(lineage, knownGaps, (objects, bytes) => {
    readBytes = bytes;
    deps.onProgress?.(objects, bytes);
  });
  let dueAt: readonly Date[] =
    deps.isWhole === true ? allDue(now) : (previous?.dueAt ?? firstDues(now));
  let sweep = deps.isWhole === true ? undefined : previous?.sweep;
  /** What nobody has read again yet is still known. */
  let unread: readonly AuditFinding[] = previous?.findings.listed ?? [];
  const beforeBySweep = sweep?.unlisted;
  const ended = new Set<number>();

  const isTimeUp = (): boolean =>
    deps.isTimeUp() || readBytes - againBytes >= (deps.maxBytes ?? Number.POSITIVE_INFINITY);
  const keep = async (): Promise<HashRecord> => {
    const { checkedObjects, findings } = run.result();
    const open = [...findings.filter(({ code }) => !OTHERS.has(code)), ...unread];
    // In one order, whichever was read first.
    const listed = open.slice(0, MAX_FINDINGS).toSorted((a, b) => (a.object < b.object ? -1 : 1));
    const { known, bySweep, total } = countUnlisted({
      before: previous?.unlisted,
      beforeBySweep,
      ended,
      sweep,
      found: open.slice(MAX_FINDINGS).map(({ object }) => slotOfKey(readWith(object, lineage))),
    });
    const record: HashRecord = {
      id: occurrenceId(now),
      store: store.url,
      at: clock.now(),
      dueAt: [...dueAt],
      ...(sweep !== undefined && { sweep: { ...sweep, unlisted: bySweep } }),
      readObjects: checkedObjects,
      readBytes,
      findings: {
        listed: listed.map((one) => ({ ...one, severity: 'fault' })),
        more: total,
      },
      ...(total > 0 && { unlisted: known }),
    };
    const key = lineage.keys.audit(`${record.id}${AuditKind.HASH}`);
    // Whatever ended the audit must not end this.
    return (await putOnce(store, key, HashRecord, record)).record;
  };

  try {
    for (const { object } of unread) {
      await readAgain(object, sweepDeps([]));
      unread = unread.slice(1);
    }
    againBytes = readBytes;
    for (;;) {
      sweep ??= nextSweep(dueAt, now);
      if (sweep === undefined || !(await goOn())) break;
      dueAt = afterSweep(dueAt, sweep);
      for (const slot of sweep.slots) ended.add(slot);
      sweep = undefined;
    }
  } catch (error) {
    await keep();
    throw error;
  }
  return keep();

  /** Goes on with the sweep; whether it came to its end. */
  async function goOn(): Promise<boolean> {
    while (sweep !== undefined) {
      const { slots, startedAt, area, after } = sweep;
      if (!(await sweepArea(area, after, sweepDeps(slots, startedAt)))) return false;
      const next = AREAS[AREAS.indexOf(area) + 1];
      if (next === undefined) return true;
      sweep = { ...sweep, area: next, after: undefined };
    }
    return true;
  }

  function slotOfKey(key: string): number {
    return slotOf(key.slice(lineage.keys.prefix.length));
  }

  function sweepDeps(slots: Sweep['slots'], startedAt = now): SweepDeps {
    const { keys } = lineage;
    const wanted = new Set(slots);
    return {
      store,
      lineage,
      run,
      // Audits add to what they read: with each other's records in short sweeps, they might never end.
      isDue: ({ key, modifiedAt }) =>
        wanted.has(slotOfKey(key)) && !(key.startsWith(keys.auditPrefix) && modifiedAt > startedAt),
      isTimeUp,
      onRead: (key) => {
        if (sweep !== undefined) sweep = { ...sweep, after: key };
      },
      parallel: deps.parallel,
      signal,
    };
  }
}

/** Reads again what was damaged; what is gone is the other audit's. */
async function readAgain(object: string, deps: SweepDeps): Promise<void> {
  const key = readWith(object, deps.lineage);
  const head: ObjectHead | undefined = await deps.store.head(key, { signal: deps.signal });
  if (head !== undefined) await proveObject(head, deps);
}

/** Key of what is read to prove an object: an index is read with its segment. */
function readWith(object: string, { keys }: Lineage): string {
  const name = object.slice(object.lastIndexOf('/') + 1).replace(/\.json$/, '');
  return object === keys.walIndex(name) ? keys.wal(name) : object;
}

function allDue(now: Date): readonly Date[] {
  return firstDues(now).map(() => now);
}
