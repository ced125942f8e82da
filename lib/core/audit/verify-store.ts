import { type ArchiveListing, listArchive } from '../catalog/archive-listing.ts';
import { findBackup, listBackups } from '../catalog/backup-listing.ts';
import type { BackupRecord } from '../store/records.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectHead, ObjectStore } from '../ports/object-store.ts';
import { leaseHolder } from '../store/lease.ts';
import type { Lineage } from '../store/lineage.ts';
import { parseSegment, segmentName } from '../wal/segment.ts';
import {
  gaps,
  incompleteBackups,
  missingHistories,
  missingWal,
  strangers,
} from './archive-findings.ts';
import { epochLog } from './epoch-log.ts';
import { readObject } from './read-object.ts';
import { type Finding, findingFrom, type VerifyReport } from './verify-report.ts';

/** What is verified, and how. */
export interface VerifyOptions {
  /** Read every byte and compare it with its hash; else existence, sizes and continuity only. */
  readonly deep: boolean;
  /** Id of the one backup to verify, with the WAL it needs. */
  readonly backup?: string | undefined;
  /** Objects decoded at once. */
  readonly parallel: number;
  readonly onProgress?: (checkedObjects: number, checkedBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What `verify` works with. */
export interface VerifyDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
}

/**
 * Verifies a lineage from the store's side only: every backup complete and restorable, WAL without
 * gaps, nothing unexplained; with `deep`, every byte against its hash.
 *
 * What is damaged becomes a finding and the rest is still verified; a store out of reach is an error.
 *
 * @throws {@link OpsError} `CATALOG-BACKUP` for an unknown backup, or one of the store's.
 */
export async function verifyStore(deps: VerifyDeps, options: VerifyOptions): Promise<VerifyReport> {
  const { store, lineage, clock } = deps;
  const { signal } = options;
  const findings: Finding[] = [];
  const backups = await listBackups(store, lineage, { signal });
  const archive = await listOrReport(deps, options, findings);
  const chosen = options.backup === undefined ? undefined : findBackup(backups, options.backup);
  const scope = chosen === undefined ? backups.backups : [chosen];
  if (chosen === undefined) {
    findings.push(...incompleteBackups(backups, await isBackupRunning(deps, signal)));
  }
  if (archive !== undefined) {
    for (const backup of scope) findings.push(...missingWal(archive, backup));
    if (chosen === undefined) {
      findings.push(
        ...gaps(archive, backups.backups, clock.now()),
        ...missingHistories(archive, lineage.keys),
        ...strangers(archive),
      );
    }
  }
  const totals = { checkedObjects: 0, checkedBytes: 0 };
  const known = new Map(backups.backups.map((backup) => [backup.id, backup]));
  const epochs = epochLog(lineage.keys);
  for await (const head of objectsInScope(deps, chosen, signal)) {
    try {
      epochs.add(head.key, await readObject(deps, head, known, options));
    } catch (error) {
      epochs.add(head.key, undefined);
      findings.push(findingFrom(error, head.key));
    }
    totals.checkedObjects += 1;
    totals.checkedBytes += head.bytes;
    options.onProgress?.(totals.checkedObjects, totals.checkedBytes);
  }
  if (chosen === undefined) findings.push(...epochs.missing());
  const unique = [...new Map(findings.map((f) => [`${f.code} ${f.object}`, f])).values()];
  return { ok: unique.length === 0, ...totals, findings: unique };
}

async function isBackupRunning(
  { store, lineage, clock }: VerifyDeps,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const key = lineage.keys.lease('backup');
  try {
    return (await leaseHolder(store, key, clock.now(), { signal })) !== undefined;
  } catch (error) {
    // A damaged lease is found when its turn comes; an error that is not about it goes on.
    findingFrom(error, key);
    return false;
  }
}

/** A damaged history must not hide what else is wrong. */
async function listOrReport(
  { store, lineage }: VerifyDeps,
  { signal }: VerifyOptions,
  findings: Finding[],
): Promise<ArchiveListing | undefined> {
  try {
    return await listArchive(store, lineage, { signal });
  } catch (error) {
    const { code, object, detail } = findingFrom(error, lineage.keys.walPrefix);
    findings.push({ code, object, detail: `continuity cannot be told: ${detail}` });
    return undefined;
  }
}

async function* objectsInScope(
  { store, lineage }: VerifyDeps,
  chosen: BackupRecord | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<ObjectHead> {
  if (chosen === undefined) {
    yield* store.list(lineage.keys.prefix, { signal });
    return;
  }
  yield* store.list(lineage.keys.backup(chosen.id).prefix, { signal });
  for (const name of neededSegments(chosen)) {
    const head = await store.head(lineage.keys.wal(name), { signal });
    if (head !== undefined) yield head;
  }
}

function* neededSegments({
  startSegment,
  stopSegment,
  segmentBytes,
}: BackupRecord): Iterable<string> {
  const start = parseSegment(startSegment, segmentBytes);
  const stop = parseSegment(stopSegment, segmentBytes);
  for (let number = start.number; number <= stop.number; number += 1n) {
    yield segmentName(start.timeline, number, segmentBytes);
  }
}
