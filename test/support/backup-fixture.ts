import type { BackupLabel } from '../../lib/core/backup/backup-label.ts';
import { backupId, describeBackup } from '../../lib/core/backup/plan-backup.ts';
import type { BackupPiece } from '../../lib/core/backup/split-parts.ts';
import { storeManifest, storePart } from '../../lib/core/backup/store-piece.ts';
import { BackupRecord } from '../../lib/core/store/records.ts';
import type { ServerDescription } from '../../lib/core/ports/cluster-server.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { frameBuffers } from '../../lib/core/tar/frame-buffers.ts';
import { DIGESTS_IN_TURN } from '../../lib/core/tar/stream-digest.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { putRecord } from '../../lib/core/store/record.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { formatLsn, type Lsn } from '../../lib/core/wal/lsn.ts';
import { tarOf } from '../core/tar/tar-samples.ts';
import { LINEAGE_IDENTITY, lsnAt, segment } from './wal-fixture.ts';

/** A server as it describes itself, prepared for archiving. */
export const SERVER: ServerDescription = {
  systemIdentifier: LINEAGE_IDENTITY.systemIdentifier,
  major: LINEAGE_IDENTITY.major,
  serverVersion: '15.8',
  timeline: 1,
  segmentBytes: LINEAGE_IDENTITY.segmentBytes,
  dataDirectory: '/data',
  inRecovery: false,
  settings: { wal_level: 'replica', archive_mode: 'on' },
  pendingRestart: [],
  tablespaces: [],
  collations: [{ database: 'app', collate: 'C', ctype: 'C', provider: 'c', version: null }],
};

/** Which backup to make: it starts and stops within the numbered segments. */
export interface SampleBackup {
  readonly start: number;
  /** @default - the segment it starts in */
  readonly stop?: number;
  /** @default 1 */
  readonly timeline?: number;
  /** By the server's clock. It took a minute. */
  readonly finishedAt: Date;
  /** Bytes of each of its two files. @default 9000 */
  readonly fileBytes?: number;
}

const MINUTE_MS = 60_000;

/** Stores a backup of two parts and a manifest as a backup run does; its record comes last. */
export async function putBackup(
  store: ObjectStore,
  lineage: Lineage,
  sample: SampleBackup,
): Promise<BackupRecord> {
  const { start, stop = start, timeline = 1, finishedAt, fileBytes = 9_000 } = sample;
  const startLsn = lsnAt(start) + 40n;
  const endLsn = lsnAt(stop) + 48n;
  const label: BackupLabel = {
    startLsn,
    checkpointLsn: startLsn,
    startSegment: segment(start, timeline),
    timeline,
    from: 'primary',
  };
  const times = { startedAt: new Date(finishedAt.getTime() - MINUTE_MS), finishedAt };
  const keys = lineage.keys.backup(backupId(times.startedAt, label));
  const parts = [];
  const storing = { parallel: 1, digests: DIGESTS_IN_TURN, buffers: frameBuffers() };
  for (const [index, path] of ['base/5/16384', 'base/5/16385'].entries()) {
    const tar = tarOf([{ path, content: Buffer.alloc(fileBytes, `${start} ${path}`) }]);
    parts.push(await storePart(store, keys.part(index + 1), piece('part', tar), storing));
  }
  const text = manifestText(timeline, startLsn, endLsn);
  const manifest = await storeManifest(store, keys.manifest, piece('manifest', text), {});
  const copy = {
    label,
    parts,
    manifest,
    checksumFailures: [],
    skipped: [],
    tablespaces: [],
    tablespaceBytes: () => 0,
  };
  const record = describeBackup(lineage.identity, SERVER, copy, times);
  await putRecord(store, keys.record, BackupRecord, record, { epoch: 1 });
  return record;
}

/** A manifest without files. */
function manifestText(timeline: number, startLsn: Lsn, endLsn: Lsn): Buffer {
  const range = `{ "Timeline": ${timeline}, "Start-LSN": "${formatLsn(startLsn)}", "End-LSN": "${formatLsn(endLsn)}" }`;
  const body = `{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [],\n"WAL-Ranges": [\n${range}\n],\n`;
  return Buffer.from(`${body}"Manifest-Checksum": "${sha256(Buffer.from(body))}"}\n`);
}

function piece(kind: BackupPiece['kind'], bytes: Uint8Array): BackupPiece {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  return { kind, chunks: chunks(), members: () => 1 };
}
