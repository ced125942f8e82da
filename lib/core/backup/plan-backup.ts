import type { BackupRecord, IdentityRecord } from '../store/records.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { ServerDescription } from '../ports/cluster-server.ts';
import { formatLsn, type Lsn } from '../wal/lsn.ts';
import { segmentBefore } from '../wal/segment.ts';
import type { BackupLabel } from './backup-label.ts';
import type { WalRange } from './backup-manifest.ts';
import type { ClusterCopy } from './copy-cluster.ts';

/**
 * Proves that this server's copy may be stored for `lineage`, and that it can be restored from there.
 *
 * @throws {@link OpsError} `WAL-IDENTITY` for another cluster, major version or segment size;
 *   `PG-SETTINGS` when it is a standby or does not archive, with what to change.
 */
export function assertCanBackUp(server: ServerDescription, lineage: IdentityRecord): void {
  const is = identityText(server);
  const expected = identityText(lineage);
  if (is !== expected) {
    throw new OpsError(
      'WAL-IDENTITY',
      `the server is ${is}, the lineage in the store ${expected}`,
      {
        hint: 'check host and port; after pg_upgrade or a new initdb run "holdfast init --new-lineage"',
      },
    );
  }
  const fault = archivingFault(server);
  if (fault !== undefined) {
    throw new OpsError('PG-SETTINGS', fault.message, { hint: fault.hint });
  }
}

/** What keeps a server from archiving the WAL of a backup; `undefined` when nothing does. */
function archivingFault(
  server: ServerDescription,
): { readonly message: string; readonly hint: string } | undefined {
  const { settings } = server;
  const mode = settings.archive_mode;
  if (server.inRecovery) {
    return { message: 'the server is a standby', hint: 'name the primary: only it ends segments' };
  }
  if (settings.wal_level === 'minimal') {
    return {
      message: 'wal_level is minimal, which holds too little to restore from',
      hint: 'run "ALTER SYSTEM SET wal_level = replica" and restart the server',
    };
  }
  if (mode !== 'on') {
    return {
      message: `archive_mode is ${mode ?? 'unknown'}`,
      hint: 'run "ALTER SYSTEM SET archive_mode = on" and restart the server, or "holdfast init"',
    };
  }
  if (!settings.archive_command && !settings.archive_library) {
    return {
      message: 'neither archive_command nor archive_library is set',
      hint: 'run "holdfast init", which sets archive_command',
    };
  }
  return undefined;
}

/**
 * Id of a backup: sorts by time, and names where replay starts.
 *
 * @param startedAt - by the server's clock, just before the backup was asked for.
 * @example backupId(new Date('2026-11-22T01:02:03Z'), label)
 *   // '20261122T010203Z-00000001-000000010000000000000002'
 */
export function backupId(
  startedAt: Date,
  label: Pick<BackupLabel, 'timeline' | 'startSegment'>,
): string {
  const time = startedAt.toISOString().replace(/[-:]|\.\d+/g, '');
  const timeline = label.timeline.toString(16).toUpperCase().padStart(8, '0');
  return `${time}-${timeline}-${label.startSegment}`;
}

/**
 * Where the copy becomes consistent, by the manifest's WAL ranges.
 *
 * @throws {@link OpsError} `BACKUP-MANIFEST` when they do not begin where backup_label does, or span
 *   several timelines.
 */
export function stopLsn(label: BackupLabel, ranges: readonly WalRange[]): Lsn {
  const [range] = ranges;
  const fits =
    ranges.length === 1 &&
    range?.timeline === label.timeline &&
    range.startLsn === label.startLsn &&
    range.endLsn > label.startLsn;
  if (fits) return range.endLsn;
  const said = ranges.map((r) => `${r.timeline}: ${formatLsn(r.startLsn)}–${formatLsn(r.endLsn)}`);
  throw new OpsError(
    'BACKUP-MANIFEST',
    `the manifest's WAL (${said.join(', ')}) is not one range of timeline ${label.timeline} from ${formatLsn(label.startLsn)}`,
    { hint: 'the server was promoted while it was copied: take the backup again' },
  );
}

/** The times of a backup, by the server's clock. */
export interface BackupTimes {
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/**
 * The record of a copy that is stored.
 *
 * @throws {@link OpsError} `BACKUP-MANIFEST` as {@link stopLsn}.
 */
export function describeBackup(
  lineage: IdentityRecord,
  server: ServerDescription,
  copy: ClusterCopy,
  times: BackupTimes,
): BackupRecord {
  const { cluster, systemIdentifier, major, segmentBytes } = lineage;
  const { label, parts, manifest, checksumFailures, skipped } = copy;
  const objects = [...parts, manifest.record];
  const stop = stopLsn(label, manifest.walRanges);
  return {
    cluster,
    systemIdentifier,
    major,
    segmentBytes,
    ...times,
    id: backupId(times.startedAt, label),
    kind: 'full',
    timeline: label.timeline,
    startLsn: label.startLsn,
    stopLsn: stop,
    startSegment: label.startSegment,
    stopSegment: segmentBefore(label.timeline, stop, segmentBytes),
    bytes: objects.reduce((sum, { plainBytes }) => sum + plainBytes, 0),
    storedBytes: objects.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    parts,
    manifest: manifest.record,
    tablespaces: copiedTablespaces(server, copy),
    serverVersion: server.serverVersion,
    settings: server.settings,
    collations: [...server.collations],
    checksumFailures: [...checksumFailures],
    skipped: [...skipped],
  };
}

/**
 * Those that the copy holds: PostgreSQL 15 sends what lies within the data directory as a part of
 * it. One that was created a moment ago goes by its oid.
 */
function copiedTablespaces(
  { tablespaces: described }: ServerDescription,
  { tablespaces: sent, tablespaceBytes }: ClusterCopy,
): BackupRecord['tablespaces'] {
  const oids = new Set(sent.map(({ oid }) => oid));
  const within = described.filter(({ oid, location }) => !isOutside(location) && !oids.has(oid));
  return [...sent, ...within].map(({ oid, location }) => {
    const name = described.find((other) => other.oid === oid)?.name ?? oid;
    return { oid, name, location, bytes: tablespaceBytes(oid) };
  });
}

/** Whether a tablespace lies outside the data directory; within it its location is relative. */
function isOutside(location: string): boolean {
  return location.startsWith('/');
}

/** Without these a copy is no database; what else a server skips can be made anew. */
const DATA =
  /^(?:base|global|pg_(?:xact|multixact|commit_ts|twophase|logical|tblspc)|PG_VERSION)(?:\/|$)|\/PG_\d+_\d+/;

/**
 * Proves that a server has left no data out of a copy: it follows no links besides those of
 * tablespaces and `pg_wal`, and says so in a warning only.
 *
 * @throws {@link OpsError} `BACKUP-FAILED`, with what is missing.
 * @see PostgreSQL sendDir, src/backend/backup/basebackup.c
 */
export function assertNothingLost(skipped: readonly string[]): void {
  const lost = skipped.filter((path) => DATA.test(path));
  if (lost.length === 0) return;
  throw new OpsError(
    'BACKUP-FAILED',
    `the server left out ${lost.join(', ')}: it copies no links`,
    {
      hint: 'put the directory itself in the place of the link, or mount it there; then back up again',
      details: { path: lost[0] ?? '' },
    },
  );
}

function identityText(
  of: Pick<IdentityRecord, 'systemIdentifier' | 'major' | 'segmentBytes'>,
): string {
  return `${of.systemIdentifier}-${of.major} with segments of ${of.segmentBytes} bytes`;
}
