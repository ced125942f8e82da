import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import type { ErrorCode } from '../../../lib/core/errors/codes.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { joinRanges } from '../../../lib/core/retention/apply/agreement.ts';
import { AppliedRecord } from '../../../lib/core/retention/applied-record.ts';
import {
  isInRanges,
  readGoneWal,
  type WalRange,
} from '../../../lib/core/retention/read-gone-wal.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { claimTestLineage, LINEAGE_IDENTITY, segment } from '../../support/wal-fixture.ts';

const { segmentBytes } = LINEAGE_IDENTITY;
const OLD = range(1, 4);
const NEW = range(5, 9);

function range(first: number, last: number, timeline = 1): WalRange {
  return { first: segment(first, timeline), last: segment(last, timeline) };
}

async function applied(
  store: MemoryObjectStore,
  { keys }: Lineage,
  planId: string,
  some: Pick<AppliedRecord, 'wal' | 'gone'>,
): Promise<void> {
  const at = new Date('2026-12-01T00:00:00Z');
  const record = { planId, agreedWith: 'o', at, backups: [], floors: [], ...some };
  await putRecord(store, keys.retention.applied(planId), AppliedRecord, record, { epoch: 0 });
}

describe('WAL that was let go', () => {
  test('is what the newest record says, which has that of all before it', async () => {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    expect(await readGoneWal(store, lineage)).toEqual([]);
    await applied(store, lineage, '20261101T000000Z', { wal: [OLD] });
    expect(await readGoneWal(store, lineage)).toEqual([OLD]);
    await applied(store, lineage, '20261201T000000Z', { wal: [NEW], gone: [range(1, 9)] });
    expect(await readGoneWal(store, lineage)).toEqual([range(1, 9)]);
    expect((await listArchive(store, lineage)).gone).toEqual([range(1, 9)]);
  });

  test('is unknown to whoever may not read it, or finds it damaged', async () => {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    const { retention } = lineage.keys;
    await putSealed(store, retention.applied('a'), Buffer.from('{'), { epoch: 0 });
    expect(await readGoneWal(store, lineage)).toEqual([]);
    const refusing = (code: ErrorCode, details = {}): MemoryObjectStore =>
      Object.assign(Object.create(store) as MemoryObjectStore, {
        list: (prefix: string) => store.list(prefix),
        get: async () => Promise.reject(new OpsError(code, 'refused', { details })),
      });
    expect(await readGoneWal(refusing('STORE-DENIED'), lineage)).toEqual([]);
    expect(await readGoneWal(refusing('VAULT-SEALED', { seal: 'broken' }), lineage)).toEqual([]);
    await expect(readGoneWal(refusing('VAULT-SEALED'), lineage)).rejects.toMatchObject({
      code: 'VAULT-SEALED',
    });
    await expect(readGoneWal(refusing('STORE-TIMEOUT'), lineage)).rejects.toMatchObject({
      code: 'STORE-TIMEOUT',
    });
  });

  test('is told by few ranges: those that touch or overlap are one', () => {
    const ranges = [range(12, 14), NEW, OLD, range(3, 6), range(10, 11, 2)];
    expect(joinRanges(ranges, segmentBytes)).toEqual([
      range(1, 9),
      range(12, 14),
      range(10, 11, 2),
    ]);
    expect(isInRanges(ranges, segment(13))).toBe(true);
    expect(isInRanges(ranges, segment(11))).toBe(false);
  });
});
