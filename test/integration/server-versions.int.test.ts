import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { getSealed } from '../../lib/core/store/sealed-object.ts';
import { readSegmentHeader } from '../../lib/core/wal/page.ts';
import { assertWholeSegment } from '../../lib/core/wal/whole-segment.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { backUp } from '../support/recovery-cluster.ts';

/** Since 17 a manifest names its system. */
const MANIFEST_WITH_SYSTEM_SINCE = 17;

/** What differs between major versions; the other suites run on each of them as they are. */
describe('a backup of this major version', () => {
  let cluster: ArchivedCluster;
  const backups: BackupRecord[] = [];

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    // Nothing is written between them, and nothing but the backup itself ends a segment.
    backups.push(await backUp(cluster));
    backups.push(await backUp(cluster));
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  /** Since 17 the server names the segment in which it stops, also when nothing follows there. */
  test('ends on an idle server, with its last segment in the store', async () => {
    const { store, lineage } = cluster;
    for (const { stopSegment, stopLsn, startLsn } of backups) {
      expect(stopLsn).toBeGreaterThan(startLsn);
      expect(await store.head(lineage.keys.wal(stopSegment))).toBeDefined();
    }
  });

  test('has WAL whose pages tell the version', async () => {
    const { store, lineage, instance } = cluster;
    const name = backups.at(-1)?.stopSegment ?? '';
    const { plain } = await getSealed(store, lineage.keys.wal(name));
    expect(readSegmentHeader(plain)).toMatchObject({ major: instance.major });
    assertWholeSegment(plain, name, lineage.identity);
  });

  test('has a manifest of a version that is known, of this system', async () => {
    const { store, lineage, instance } = cluster;
    const [{ id } = { id: '' }] = backups;
    const { chunks } = await store.get(lineage.keys.backup(id).manifest);
    const manifest: unknown = JSON.parse(
      Buffer.concat(await Array.fromAsync(chunks, (chunk) => Buffer.from(chunk)))
        .toString()
        .replace(/("System-Identifier": )(\d+)/, '$1"$2"'),
    );
    const { systemIdentifier } = lineage.identity;
    const isNamed = instance.major >= MANIFEST_WITH_SYSTEM_SINCE;
    expect(manifest).toMatchObject(
      isNamed
        ? { 'PostgreSQL-Backup-Manifest-Version': 2, 'System-Identifier': systemIdentifier }
        : { 'PostgreSQL-Backup-Manifest-Version': 1 },
    );
  });
});
