import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { PgWalDirectory } from '../../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { NO_FLOORS } from '../../../../lib/core/retention/read-floors.ts';
import { getSealed, putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../../../lib/core/store/sha256.ts';
import { workbenches } from '../../../../lib/core/wal/shipping/workbenches.ts';
import type { Shipment } from '../../../../lib/core/wal/shipping/ship-file.ts';
import { shipOrKeep } from '../../../../lib/core/wal/shipping/ship-or-keep.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { gapRecord, putGap } from '../../../support/gap-fixture.ts';
import { claimTestLineage, segment, walSegment } from '../../../support/wal-fixture.ts';
import { MiB } from '../../../support/wal-writer.ts';

const NAME = segment(5);
const OURS = walSegment(NAME);
const POISONED = gapRecord('poisoned', 5);
const MISSING = gapRecord('missing', 5);

let shipment: Shipment;
let wal: string;

beforeEach(async () => {
  const data = await temporaryFolder();
  wal = join(data, 'pg_wal');
  await mkdir(join(wal, 'archive_status'), { recursive: true });
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const claim = { epoch: 1, timeline: 1, acceptEpochs: [] };
  const benches = workbenches(MiB);
  const floors = NO_FLOORS;
  shipment = { wal: new PgWalDirectory(data), store, lineage, claim, floors, benches };
  await offer(OURS);
});

async function offer(bytes: Uint8Array): Promise<void> {
  await writeFile(join(wal, NAME), bytes);
  await writeFile(join(wal, 'archive_status', `${NAME}.ready`), '');
}

async function poison(): Promise<void> {
  const { store, lineage } = shipment;
  await putSealed(store, lineage.keys.wal(NAME), Buffer.from('theirs'), { epoch: 1 });
}

async function kept(id: string, bytes: Uint8Array): Promise<Uint8Array> {
  const { store, lineage } = shipment;
  return (await getSealed(store, lineage.keys.gapSegment(id, NAME, sha256(bytes)))).plain;
}

describe('shipOrKeep', () => {
  test('ships what can be shipped, within an acknowledged gap too', async () => {
    await putGap(shipment.store, shipment.lineage, MISSING);
    expect(await shipOrKeep(shipment, NAME)).toMatchObject({ outcome: 'created' });
  });

  test('keeps its own bytes beside a name that was acknowledged as poisoned, as often as it is asked', async () => {
    await poison();
    await expect(shipOrKeep(shipment, NAME)).rejects.toMatchObject({ code: 'WAL-CONFLICT' });
    await putGap(shipment.store, shipment.lineage, POISONED);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await shipOrKeep(shipment, NAME)).toMatchObject({ name: NAME, outcome: 'kept' });
    }
    expect(Buffer.from(OURS).equals(await kept(POISONED.id, OURS))).toBe(true);
  });

  test('does not take a missing name for a poisoned one', async () => {
    await poison();
    await putGap(shipment.store, shipment.lineage, MISSING);
    await expect(shipOrKeep(shipment, NAME)).rejects.toMatchObject({ code: 'WAL-CONFLICT' });
  });

  test('keeps a torn file that was acknowledged as missing', async () => {
    const torn = OURS.subarray(0, 4_096);
    await offer(torn);
    await expect(shipOrKeep(shipment, NAME)).rejects.toMatchObject({ code: 'WAL-PAGE' });
    await putGap(shipment.store, shipment.lineage, MISSING);
    expect(await shipOrKeep(shipment, NAME)).toMatchObject({ outcome: 'kept', plainBytes: 4_096 });
    expect(Buffer.from(torn).equals(await kept(MISSING.id, torn))).toBe(true);
  });

  test('passes over a mark without a file only when that was acknowledged', async () => {
    await rm(join(wal, NAME));
    expect(await shipOrKeep(shipment, NAME)).toBeUndefined();
    await putGap(shipment.store, shipment.lineage, MISSING);
    expect(await shipOrKeep(shipment, NAME)).toMatchObject({ outcome: 'kept', plainBytes: 0 });
  });

  test('keeps nothing once another is the writer', async () => {
    await poison();
    const { store, lineage } = shipment;
    await putGap(store, lineage, POISONED);
    await putSealed(store, lineage.keys.writer(2), Buffer.from('{}'), { epoch: 2 });
    await expect(shipOrKeep(shipment, NAME)).rejects.toMatchObject({ code: 'WAL-FENCED' });
  });
});
