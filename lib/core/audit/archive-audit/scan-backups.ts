import {
  type FoundBackup,
  objectsOf,
  readBackupFolder,
  readBackups,
} from '../../catalog/read-backups.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { BackupPlace, BackupRecord } from '../../store/records.ts';
import { formatLsn, parseLsn } from '../../wal/lsn.ts';
import type {
  AuditFinding,
  AuditState,
  BrokenBackup,
  Stored,
  WholeBackup,
} from './audit-record.ts';
import { MAX_STRANGERS } from './lane-tally.ts';
import type { ScanOptions } from './scan-lane.ts';

type Backups = Pick<AuditState, 'whole' | 'broken' | 'strays' | 'baseTo'>;
type BackupScanOptions = Pick<ScanOptions, 'isTimeUp' | 'signal'>;

/** Copies of a store arrive in any order, though hardly over so long a time. */
const LATE_MS = 86_400_000;
/** Of one folder. */
const MAX_FINDINGS = 10;

/** Reads all below `base/`, from where `from` left it. */
export async function scanAllBackups(
  store: ObjectStore,
  lineage: Lineage,
  from: Backups,
  { isTimeUp, signal }: BackupScanOptions,
): Promise<Backups & { readonly isDone: boolean }> {
  const whole = [...from.whole];
  const broken = [...from.broken];
  const strays = [...from.strays];
  let { baseTo } = from;
  const after =
    baseTo === undefined ? {} : { after: lineage.keys.backup(baseTo).prefix.replace(/\/$/, '0') };
  const found = readBackups(store, lineage, {
    signal,
    ...after,
    onStray: ({ key }) => strays.length < MAX_STRANGERS && strays.push(key),
  });
  for await (const one of found) {
    add(lineage, one, whole, broken);
    baseTo = one.id;
    if (isTimeUp()) return { whole, broken, strays, baseTo, isDone: false };
  }
  return { whole, broken, strays, isDone: true };
}

/** Reads what came below `base/` since `from`, and what was not whole then. */
export async function scanNewBackups(
  store: ObjectStore,
  lineage: Lineage,
  from: Backups,
  ids: readonly string[],
  { isTimeUp, signal }: BackupScanOptions,
): Promise<Backups & { readonly isDone: boolean }> {
  const known = new Map(from.whole.map((backup) => [backup.id, backup]));
  const whole: WholeBackup[] = [];
  const broken: BrokenBackup[] = [];
  let isDone = true;
  for (const id of ids) {
    const standing = known.get(id);
    if (standing !== undefined) whole.push(standing);
    else if (isTimeUp()) isDone = false;
    else add(lineage, await readBackupFolder(store, lineage, id, { signal }), whole, broken);
  }
  return { whole, broken, strays: from.strays, isDone };
}

/** What decides how far a backup can recover. */
export function placeOf({ identity }: Lineage, backup: WholeBackup): BackupPlace {
  return {
    ...backup,
    segmentBytes: identity.segmentBytes,
    startLsn: parseLsn(backup.startLsn),
    stopLsn: parseLsn(backup.stopLsn),
  };
}

function add(
  lineage: Lineage,
  found: FoundBackup,
  whole: WholeBackup[],
  broken: BrokenBackup[],
): void {
  const { id, objects, verdict } = found;
  // It went between the listing of folders and its own.
  if (objects.length === 0) return;
  const bytes = objects.reduce((sum, head) => sum + head.bytes, 0);
  const stored: Stored = { objects: objects.length, bytes };
  if ('reason' in verdict) {
    const newest = Math.max(...objects.map(({ modifiedAt }) => modifiedAt.getTime()));
    const { code, object, reason } = verdict;
    broken.push({ id, code, object, reason, newestAt: new Date(newest), ...stored });
    return;
  }
  const { timeline, startSegment, stopSegment, startedAt, finishedAt } = verdict;
  whole.push({
    id,
    timeline,
    startLsn: formatLsn(verdict.startLsn),
    stopLsn: formatLsn(verdict.stopLsn),
    startSegment,
    stopSegment,
    startedAt,
    finishedAt,
    ...stored,
    findings: findingsIn(lineage, found.objects, verdict),
  });
}

function findingsIn(
  { keys }: Lineage,
  objects: FoundBackup['objects'],
  backup: BackupRecord,
): AuditFinding[] {
  const { record } = keys.backup(backup.id);
  const named = objectsOf(backup);
  const recordedAt = objects.find(({ key }) => key === record)?.modifiedAt.getTime() ?? 0;
  return objects
    .flatMap(({ key, modifiedAt }): AuditFinding[] => {
      if (key !== record && !named.has(key)) {
        const detail = "is not named by its backup's record";
        return [{ code: 'STORE-KEY', object: key, detail, severity: 'fault' }];
      }
      if (modifiedAt.getTime() - recordedAt <= LATE_MS) return [];
      const detail = `was put at ${modifiedAt.toISOString()}, long after its record, which comes last: it was copied, or brought back`;
      return [{ code: 'AUDIT-FOUND', object: key, detail, severity: 'note' }];
    })
    .slice(0, MAX_FINDINGS);
}
