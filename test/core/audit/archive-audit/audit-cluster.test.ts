import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { auditCluster } from '../../../../lib/core/audit/archive-audit/audit-cluster.ts';
import { RetentionPolicy } from '../../../../lib/core/config/retention-policy.ts';
import { claimLineage, type Lineage } from '../../../../lib/core/store/lineage.ts';
import { listKeys } from '../../../contract/store-helpers.ts';
import { putBackup } from '../../../support/backup-fixture.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { recordingLog } from '../../../support/recording-log.ts';
import {
  LINEAGE_IDENTITY,
  claimTestLineage,
  putSegment,
  segment,
} from '../../../support/wal-fixture.ts';
import { putWriter } from '../../runs/run-stage.ts';

/** Late enough that no hole may yet be filled. */
const NOW = new Date(Date.now() + 2 * 86_400_000);

let store: MemoryObjectStore;
let old: Lineage;
let current: Lineage;

/** Before and after pg_upgrade; a segment is missing before. */
beforeEach(async () => {
  store = new MemoryObjectStore();
  old = await claimTestLineage(store);
  for (const number of [1, 2, 4]) await putSegment(store, old, segment(number));
  await putBackup(store, old, { start: 1, finishedAt: new Date('2026-11-02T00:00:00Z') });
  await putWriter(store, old, { since: new Date('2026-11-01T00:00:00Z') });
  const identity = { ...LINEAGE_IDENTITY, major: LINEAGE_IDENTITY.major + 1 };
  current = await claimLineage(store, identity, { allowNew: true });
  await putWriter(store, current, { since: new Date('2026-11-20T00:00:00Z') });
});

async function audit(remainingMs: () => number) {
  const metrics = new Map<string, number>();
  const log = recordingLog();
  const result = await auditCluster(NOW, {
    cluster: LINEAGE_IDENTITY.cluster,
    store,
    policy: RetentionPolicy.parse({}),
    invocation: { id: 'a', remainingMs },
    telemetry: { add: (name, value) => metrics.set(name, value), flush: () => undefined },
    clock: fakeClock(NOW),
    log,
    signal: new AbortController().signal,
  });
  return { result, metrics, log };
}

describe('auditCluster', () => {
  test('looks at every lineage, and sums up what they take and what is wrong', async () => {
    const { result, metrics } = await audit(() => 900_000);
    expect(result.stage).toBe('done');
    for (const { keys } of [old, current]) {
      expect(await listKeys(store, keys.auditPrefix)).toHaveLength(1);
    }
    expect(metrics.get('ArchiveGaps')).toBe(1);
    expect(metrics.get('AuditFindings')).toBeGreaterThanOrEqual(1);
    expect(metrics.get('StoredWalBytes')).toBeGreaterThan(0);
    expect(metrics.get('RestorableBackups')).toBe(0);
    expect(metrics.get('AuditCompleted')).toBe(1);
    expect(metrics.has('RecoverablePointAgeSec')).toBe(false);
  });

  test('publishes nothing while one of them goes on', async () => {
    let asked = 0;
    const { result, metrics } = await audit(() => ((asked += 1) > 1 ? 0 : 900_000));
    expect(result.stage).not.toBe('done');
    expect([...metrics]).toEqual([]);
    expect(await listKeys(store, old.keys.auditPrefix)).toHaveLength(1);
  });
});
