import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { systemClock } from '../../../../lib/core/adapters/system/clock.ts';
import { FolderSpool } from '../../../../lib/core/adapters/wal/folder-spool.ts';
import { PgWalDirectory } from '../../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { NO_FLOORS } from '../../../../lib/core/retention/read-floors.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { workbenches } from '../../../../lib/core/wal/shipping/workbenches.ts';
import type { Shipment } from '../../../../lib/core/wal/shipping/ship-file.ts';
import {
  shipReadyFiles,
  type ShippingTotals,
} from '../../../../lib/core/wal/shipping/ship-ready-files.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { recordingLog } from '../../../support/recording-log.ts';
import { claimTestLineage, segment, walSegment } from '../../../support/wal-fixture.ts';
import { MiB } from '../../../support/wal-writer.ts';

const LIFE = '42-1700000000';

let shipment: Shipment;
let spool: FolderSpool;
let wal: string;
let log: ReturnType<typeof recordingLog>;

beforeEach(async () => {
  const folder = await temporaryFolder();
  wal = join(folder, 'data', 'pg_wal');
  await mkdir(join(wal, 'archive_status'), { recursive: true });
  await mkdir(join(folder, 'spool', 'acknowledged'), { recursive: true });
  spool = new FolderSpool(join(folder, 'spool'), join(folder, 'data'));
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const claim = { epoch: 1, timeline: 1, acceptEpochs: [] };
  const benches = workbenches(MiB);
  log = recordingLog();
  const floors = NO_FLOORS;
  shipment = {
    wal: new PgWalDirectory(join(folder, 'data')),
    store,
    lineage,
    claim,
    floors,
    benches,
  };
});

async function offer(name: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(wal, name), bytes);
  await writeFile(join(wal, 'archive_status', `${name}.ready`), '');
}

async function drain(owed: readonly string[] = []): Promise<ShippingTotals> {
  const { signal } = new AbortController();
  const options = { life: LIFE, owed, parallel: 1, untilDrained: true, stop: signal };
  return shipReadyFiles(shipment, { spool, clock: systemClock, log }, options);
}

function codes({ failures }: ShippingTotals): unknown {
  return Object.fromEntries([...failures].map(([name, { code }]) => [name, code]));
}

describe('a name that retention let go', () => {
  beforeEach(() => {
    shipment = { ...shipment, floors: new Map([[1, segment(3)]]) };
  });

  test('is not shipped where PostgreSQL holds the segment for archived', async () => {
    for (const number of [1, 2, 3]) {
      await writeFile(join(wal, segment(number)), walSegment(segment(number)));
    }
    expect(codes(await drain([1, 2, 3].map((number) => segment(number))))).toEqual({});
    const { store, lineage } = shipment;
    const heads = await Array.fromAsync(store.list(lineage.keys.walPrefix));
    expect(heads.map(({ key }) => key)).toEqual([lineage.keys.wal(segment(3))]);
  });

  test('is refused where PostgreSQL offers it, and holds nobody else up', async () => {
    for (const number of [2, 3]) await offer(segment(number), walSegment(segment(number)));
    expect(codes(await drain())).toEqual({ [segment(2)]: 'WAL-EXPIRED' });
    expect(await spool.acknowledged(LIFE)).toEqual(new Set([segment(3)]));
    const { store, lineage } = shipment;
    expect(await store.head(lineage.keys.walIndex(segment(2)))).toBeUndefined();
  });

  test('is acknowledged while a kept backup keeps the segment', async () => {
    const { store, lineage } = shipment;
    const bytes = walSegment(segment(2));
    await putSealed(store, lineage.keys.wal(segment(2)), bytes, { epoch: 1 });
    await offer(segment(2), bytes);
    expect(codes(await drain())).toEqual({});
    expect(await spool.acknowledged(LIFE)).toEqual(new Set([segment(2)]));
  });
});

describe('shipReadyFiles', () => {
  test('ships and acknowledges all that is ready', async () => {
    for (const number of [1, 2]) await offer(segment(number), walSegment(segment(number), []));
    expect(codes(await drain())).toEqual({});
    expect(await spool.acknowledged(LIFE)).toEqual(new Set([segment(1), segment(2)]));
  });

  test('stores the index of each segment once it is acknowledged', async () => {
    const { store, lineage } = shipment;
    await offer(segment(1), walSegment(segment(1), []));
    const put = store.putIfAbsent.bind(store);
    let acknowledged: ReadonlySet<string> = new Set();
    store.putIfAbsent = async (key, body, options) => {
      if (key === lineage.keys.walIndex(segment(1))) acknowledged = await spool.acknowledged(LIFE);
      return put(key, body, options);
    };
    await drain();
    expect(acknowledged).toEqual(new Set([segment(1)]));
    expect(await store.head(lineage.keys.walIndex(segment(1)))).toBeDefined();
  });

  test.each(['STORE-DENIED', 'WAL-CONFLICT'] as const)(
    'ships on when an index cannot be stored: %s',
    async (code) => {
      const { store, lineage } = shipment;
      for (const number of [1, 2]) await offer(segment(number), walSegment(segment(number), []));
      const put = store.putIfAbsent.bind(store);
      store.putIfAbsent = async (key, body, options) => {
        if (!key.startsWith(lineage.keys.walIndexPrefix)) return put(key, body, options);
        throw new OpsError(code, 'not here');
      };
      expect(codes(await drain())).toEqual({});
      expect(await spool.acknowledged(LIFE)).toEqual(new Set([segment(1), segment(2)]));
      const isWarned = log.events.includes('wal.segment.not_indexed');
      expect(isWarned).toBe(code === 'STORE-DENIED');
    },
  );

  test('tells of a mark without its file, and still comes to an end', async () => {
    await offer(segment(1), walSegment(segment(1), []));
    await rm(join(wal, segment(1)));
    await offer(segment(2), walSegment(segment(2), []));
    expect(codes(await drain())).toEqual({ [segment(1)]: 'WAL-ABSENT' });
    expect(await spool.acknowledged(LIFE)).toEqual(new Set([segment(2)]));
  });

  test('does not tell of a file that was archived by another while it looked', async () => {
    await offer(segment(1), walSegment(segment(1), []));
    shipment.wal.read = async (name) => {
      await rm(join(wal, 'archive_status', `${name}.ready`));
      await rm(join(wal, name));
      return undefined;
    };
    expect(codes(await drain())).toEqual({});
    expect(log.events).not.toContain('wal.segment.refused');
  });

  test('ships nothing behind a segment of which the store has other bytes', async () => {
    const { store, lineage } = shipment;
    await putSealed(store, lineage.keys.wal(segment(2)), Buffer.from('other'), { epoch: 1 });
    for (const number of [1, 2, 3]) await offer(segment(number), walSegment(segment(number), []));
    expect(codes(await drain())).toEqual({ [segment(2)]: 'WAL-CONFLICT' });
    expect(await spool.acknowledged(LIFE)).toEqual(new Set([segment(1)]));
    expect(await store.head(lineage.keys.wal(segment(3)))).toBeUndefined();
  });

  test('ships nothing of a timeline whose history is another in the store', async () => {
    const { store, lineage } = shipment;
    const history = '00000002.history';
    await putSealed(store, lineage.keys.wal(history), Buffer.from('1\t0/100000\tother\n'), {
      epoch: 1,
    });
    await writeFile(join(wal, history), '1\t0/200000\tours\n');
    await offer(segment(2, 2), walSegment(segment(2, 2), []));
    expect(codes(await drain([history]))).toEqual({ [history]: 'WAL-CONFLICT' });
    expect(await spool.acknowledged(LIFE)).toEqual(new Set());
  });
});
