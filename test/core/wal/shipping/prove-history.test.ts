import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { PgWalDirectory } from '../../../../lib/core/adapters/wal/pg-wal-directory.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import type { ControlData } from '../../../../lib/core/ports/postgres-instance.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { GapRecord } from '../../../../lib/core/store/records.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import { formatTimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { proveOwnHistory } from '../../../../lib/core/wal/shipping/prove-history.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import {
  claimTestLineage,
  historyOf,
  LINEAGE_IDENTITY,
  lsnAt,
  putHistory,
  putSegment,
  segment,
  walSegment,
} from '../../../support/wal-fixture.ts';

const OURS = new Date('2026-11-22T01:00:00.000Z');
const THEIRS = new Date('2026-11-22T02:00:00.000Z');
const DIVERGED = { code: 'WAL-DIVERGED' };

let store: ObjectStore;
let lineage: Lineage;
let data: string;

beforeEach(async () => {
  store = new MemoryObjectStore();
  lineage = await claimTestLineage(store);
  data = await temporaryFolder();
  await mkdir(join(data, 'pg_wal', 'archive_status'), { recursive: true });
});

function control(redo: number, more: Partial<ControlData> = {}): ControlData {
  return {
    ...LINEAGE_IDENTITY,
    state: 'in production',
    timeline: 1,
    checkpointLsn: lsnAt(redo) + 40n,
    redoLsn: lsnAt(redo) + 40n,
    minRecoveryEndLsn: 0n,
    checksums: true,
    limits: {},
    ...more,
  };
}

/** Segments of this server; `commits` make its bytes its own. */
async function write(names: readonly string[], commits = [OURS]): Promise<void> {
  for (const name of names) await writeFile(join(data, 'pg_wal', name), walSegment(name, commits));
}

async function archive(names: readonly string[], commits = [OURS]): Promise<void> {
  for (const name of names) await putSegment(store, lineage, name, { commits });
}

function named(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => segment(number));
}

async function prove(
  redo: number,
  { timeline = 1, now = control(redo), ...more }: Partial<ControlData> & { now?: ControlData } = {},
): Promise<void> {
  const wal = new PgWalDirectory(data);
  const controlData = async (): Promise<ControlData> => now;
  const read = control(redo, { timeline, ...more });
  await proveOwnHistory({ store, lineage, wal, control: read, controlData, timeline });
}

describe('proveOwnHistory', () => {
  test('takes an empty archive, one that is behind, and one that is level', async () => {
    await write(named(4, 5, 6));
    await expect(prove(5)).resolves.toBeUndefined();
    await archive(named(2, 3));
    await expect(prove(5)).resolves.toBeUndefined();
    await archive(named(4, 5, 6));
    await expect(prove(5)).resolves.toBeUndefined();
  });

  test('takes what was archived and removed before the redo position', async () => {
    await archive(named(2, 3, 4, 5, 6));
    await write(named(7, 8));
    await expect(prove(7)).resolves.toBeUndefined();
  });

  test('refuses other bytes under the newest name, also far behind the redo position', async () => {
    await write(named(4, 5, 6, 7, 8));
    await archive(named(3, 4));
    await archive(named(5), [THEIRS]);
    await expect(prove(5)).rejects.toMatchObject(DIVERGED);
    await expect(prove(8)).rejects.toMatchObject({ ...DIVERGED, details: { name: segment(5) } });
  });

  test('refuses a segment from the redo position on that the server has not written', async () => {
    await write(named(4, 5));
    await archive(named(4, 5, 6));
    await expect(prove(5)).rejects.toMatchObject({ ...DIVERGED, details: { name: segment(6) } });
  });

  test('refuses one under the name of which a recycled file waits to be written', async () => {
    await write(named(4, 5));
    await writeFile(join(data, 'pg_wal', segment(6)), walSegment(segment(2), [OURS]));
    await archive(named(4, 5, 6));
    await expect(prove(5)).rejects.toMatchObject(DIVERGED);
  });

  test('asks again when a checkpoint may have removed it a moment ago', async () => {
    await write(named(7));
    await archive(named(4, 5, 6));
    await expect(prove(5, { now: control(7) })).resolves.toBeUndefined();
  });

  test('passes over names that somebody acknowledged as poisoned', async () => {
    await write(named(4, 5, 6));
    await archive(named(4));
    await archive(named(5, 6, 7), [THEIRS]);
    const [firstSegment, lastSegment] = [segment(5), segment(7)];
    const id = `${firstSegment}-poisoned`;
    const who = { reason: 'put back', by: 'ann', at: OURS, epoch: 1 };
    const gap = { id, kind: 'poisoned' as const, timeline: 1, firstSegment, lastSegment, ...who };
    await putRecord(store, lineage.keys.gap(id), GapRecord, gap, { epoch: 1 });
    await expect(prove(4)).resolves.toBeUndefined();
    await archive(named(8), [THEIRS]);
    await expect(prove(4)).rejects.toMatchObject({ ...DIVERGED, details: { name: segment(8) } });
  });

  test('asks nothing of a server in recovery, but of the timeline that it begins', async () => {
    await archive(named(5, 6), [THEIRS]);
    const state = 'in archive recovery';
    await expect(prove(5, { state })).resolves.toBeUndefined();
    await archive([segment(6, 2)], [THEIRS]);
    const wal = new PgWalDirectory(data);
    const now = control(5, { state });
    const proof = { store, lineage, wal, control: now, controlData: async () => now, timeline: 2 };
    await expect(proveOwnHistory(proof)).rejects.toMatchObject(DIVERGED);
  });
});

describe('proveOwnHistory on timeline 2, which left timeline 1 in segment 5', () => {
  const left = historyOf(2, [[1, 5]], 4096n);

  beforeEach(async () => {
    const path = join(data, 'pg_wal', '00000002.history');
    await writeFile(path, formatTimelineHistory(left));
    await write([...named(3, 4), segment(5, 2), segment(6, 2)]);
  });

  test('takes its own segments, and any past the branch on timeline 1', async () => {
    await putHistory(store, lineage, left);
    await archive([...named(3, 4), segment(5, 2)]);
    await archive(named(5, 6, 7), [THEIRS]);
    await expect(prove(4, { timeline: 2 })).resolves.toBeUndefined();
  });

  test('refuses a history of the same number that left elsewhere', async () => {
    await putHistory(store, lineage, historyOf(2, [[1, 4]], 4096n));
    await expect(prove(4, { timeline: 2 })).rejects.toMatchObject({
      ...DIVERGED,
      details: { name: '00000002.history' },
    });
  });

  test('refuses the same history with other segments behind it', async () => {
    await putHistory(store, lineage, left);
    await archive([segment(5, 2)], [THEIRS]);
    await expect(prove(5, { timeline: 2 })).rejects.toMatchObject(DIVERGED);
    await rm(join(data, 'pg_wal', segment(5, 2)));
    await expect(prove(5, { timeline: 2 })).rejects.toMatchObject(DIVERGED);
  });

  test('refuses a parent whose bytes before the branch are not its own', async () => {
    await archive(named(3));
    await archive(named(4), [THEIRS]);
    await expect(prove(5, { timeline: 2 })).rejects.toMatchObject({
      ...DIVERGED,
      details: { name: segment(4) },
    });
  });
});
