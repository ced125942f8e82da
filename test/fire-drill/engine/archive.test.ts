import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { auditCluster } from '../../../lib/core/audit/archive-audit/audit-cluster.ts';
import { auditClusterHashes } from '../../../lib/core/audit/hash-audit/audit-cluster-hashes.ts';
import { RetentionPolicy } from '../../../lib/core/config/retention-policy.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { occurrenceId } from '../../../lib/core/contract/deployed-names.ts';
import { Metric } from '../../../lib/core/contract/metrics.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { sourceOf } from '../../contract/store-helpers.ts';
import { putWriter } from '../../core/runs/run-stage.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { lifeStore } from '../../support/life-store.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry } from '../../support/recording-telemetry.ts';
import {
  claimTestLineage,
  LINEAGE_IDENTITY,
  putSegment,
  segment,
} from '../../support/wal-fixture.ts';
import { drillBook } from '../drill-book.ts';
import type { Emission } from '../run-drill.ts';
import { every, merged, silence } from './emissions.ts';

const drill = drillBook(import.meta.filename);
const HOUR = 60;
const DAY_MS = 86_400_000;
const { cluster } = LINEAGE_IDENTITY;

interface Archive {
  readonly store: MemoryObjectStore;
  readonly lineage: Lineage;
}

/** An archive of these segments, and a backup if there are any. */
async function archiveOf(...segments: readonly number[]): Promise<Archive> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  for (const number of segments) await putSegment(store, lineage, segment(number));
  if (segments.length > 0) {
    await putBackup(store, lineage, { start: 1, finishedAt: new Date('2026-11-02T00:00:00Z') });
  }
  await putWriter(store, lineage, { since: new Date('2026-11-01T00:00:00Z') });
  return { store, lineage };
}

/** What an audit sends, so many days from now. */
async function audited({ store }: { readonly store: ObjectStore }, days = 2): Promise<Emission> {
  const at = new Date(Date.now() + days * DAY_MS);
  const telemetry = recordingTelemetry();
  await auditCluster(at, {
    cluster,
    store,
    policy: RetentionPolicy.parse({}),
    invocation: { id: 'a', remainingMs: () => 900_000 },
    telemetry,
    clock: fakeClock(at),
    log: recordingLog(),
    signal: new AbortController().signal,
  });
  return merged(telemetry.flushed);
}

async function hashed({ store }: Archive, days: number): Promise<void> {
  const clock = fakeClock(new Date(Date.now() + days * DAY_MS));
  await auditClusterHashes({ cluster, store, clock, isTimeUp: () => false, parallel: 1 });
}

for (const id of ['ArchiveGap', 'CopyGap'] as const) {
  drill(id, 'page', async () => {
    const well = every(HOUR, await audited(await archiveOf(1, 2, 3)));
    return { well, ill: every(HOUR, await audited(await archiveOf(1, 3))), mended: well };
  });
}

for (const id of ['AuditFinding', 'CopyFinding'] as const) {
  drill(id, 'ticket', async () => {
    const broken = await archiveOf(1, 2, 3);
    const unreadable = broken.lineage.keys.audit(occurrenceId(new Date()));
    await putSealed(broken.store, unreadable, Buffer.from('{}'), { epoch: 0 });
    const well = every(HOUR, await audited(await archiveOf(1, 2, 3)));
    return { well, ill: every(HOUR, await audited(broken)), mended: well };
  });
}

for (const id of ['AuditSilent', 'CopyUnaudited'] as const) {
  drill(id, 'ticket', async () => {
    const well = every(HOUR, await audited(await archiveOf(1, 2, 3)));
    return { well, ill: silence, mended: well };
  });
}

drill('ObjectCorrupt', 'page', async () => {
  const whole = await archiveOf(1, 2);
  const damaged = await archiveOf(1, 2);
  await damaged.store.putStream(damaged.lineage.keys.wal(segment(9)), sourceOf(Buffer.from('?')));
  for (const archive of [whole, damaged]) for (const days of [0, 40]) await hashed(archive, days);
  const well = every(HOUR, await audited(whole, 41));
  return { well, ill: every(HOUR, await audited(damaged, 41)), mended: well };
});

drill('HashAuditBehind', 'ticket', async () => {
  const archive = await archiveOf(1, 2);
  await hashed(archive, 0);
  const well = every(HOUR, await audited(archive, 1));
  return { well, ill: every(HOUR, await audited(archive, 40)), mended: well };
});

test('the age of hashes grows also where nobody has read any for months, or ever', async () => {
  const read = await archiveOf(1, 2);
  await hashed(read, 0);
  const days = async (archive: Awaited<ReturnType<typeof archiveOf>>): Promise<unknown> =>
    Math.round((await audited(archive, 75))[Metric.HASH_AGE_DAYS] ?? 0);
  expect(await days(read)).toBeGreaterThanOrEqual(75);
  expect(await days(await archiveOf(1, 2))).toBeGreaterThanOrEqual(75);
});

drill('WindowShort', 'page', async () => {
  const source = await archiveOf();
  const { lineage } = source;
  const dayOf = (days: number): Date => new Date(Date.now() + days * DAY_MS);
  const life = lifeStore(source.store);
  for (const number of [1, 2, 3, 4]) {
    const commits = [dayOf(number * 3)];
    await putSegment(source.store, lineage, segment(number), { commits, isIndexed: true });
  }
  const [first] = [
    await putBackup(source.store, lineage, { start: 1, finishedAt: dayOf(3) }),
    await putBackup(source.store, lineage, { start: 3, finishedAt: dayOf(9) }),
  ];
  await life.showAll('', dayOf(0));
  const well = every(HOUR, await audited(life, 13));
  const gone = await Array.fromAsync(life.store.list(lineage.keys.backup(first.id).prefix));
  for (const { key } of gone) life.remove(key);
  return { well, ill: every(HOUR, await audited(life, 13.1)), mended: well };
});
