import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FolderObjectStore } from '../../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { systemClock } from '../../../../lib/core/adapters/system/clock.ts';
import { FolderSpool } from '../../../../lib/core/adapters/wal/folder-spool.ts';
import { PgWalDirectory } from '../../../../lib/core/adapters/wal/pg-wal-directory.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import { NO_FLOORS } from '../../../../lib/core/retention/read-floors.ts';
import { workbenches } from '../../../../lib/core/wal/shipping/workbenches.ts';
import { shipReadyFiles } from '../../../../lib/core/wal/shipping/ship-ready-files.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import { claimTestLineage, segment, walSegment } from '../../../support/wal-fixture.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { recordingLog } from '../../../support/recording-log.ts';
import { MiB } from '../../../support/wal-writer.ts';

const LIFE = '42-1700000000';
const PASSES = 5;

/** Passes over an unchanged directory, each at once after the one before. */
class BusyWatch extends PgWalDirectory {
  readonly reads: string[] = [];
  readonly #stop: AbortController;
  #passes = 0;

  constructor(dataDirectory: string, stop: AbortController) {
    super(dataDirectory);
    this.#stop = stop;
  }

  override async changed(): Promise<void> {
    this.#passes += 1;
    if (this.#passes === PASSES) this.#stop.abort();
  }

  override async read(
    ...args: Parameters<PgWalDirectory['read']>
  ): Promise<Uint8Array | undefined> {
    this.reads.push(args[0]);
    return super.read(...args);
  }
}

let folder: string;
let store: FolderObjectStore;
let stop: AbortController;
let lineage: Lineage;
let wal: BusyWatch;
let log: ReturnType<typeof recordingLog>;
/** Keys and prefixes that the store was asked for. */
let calls: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'data', 'pg_wal', 'archive_status'), { recursive: true });
  await mkdir(join(folder, 'spool', 'acknowledged'), { recursive: true });
  await mkdir(join(folder, 'store'));
  store = new FolderObjectStore(join(folder, 'store'));
  lineage = await claimTestLineage(store);
  stop = new AbortController();
  wal = new BusyWatch(join(folder, 'data'), stop);
  log = recordingLog();
  calls = [];
});

async function mark(name: string, as: 'ready' | 'done'): Promise<void> {
  await writeFile(join(folder, 'data', 'pg_wal', 'archive_status', `${name}.${as}`), '');
}

async function offer(name: string): Promise<void> {
  await writeFile(join(folder, 'data', 'pg_wal', name), walSegment(name));
  await mark(name, 'ready');
}

async function ship(): Promise<void> {
  const watched = new Proxy<ObjectStore>(store, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        calls.push(String(args[0]));
        return member.apply(target, args);
      };
    },
  });
  const claim = { epoch: 1, timeline: 1, acceptEpochs: [] };
  const benches = workbenches(MiB);
  const shipment = { wal, store: watched, lineage, claim, floors: NO_FLOORS, benches };
  const spool = new FolderSpool(join(folder, 'spool'), join(folder, 'data'));
  const options = { life: LIFE, parallel: 1, untilDrained: false, stop: stop.signal };
  await shipReadyFiles(shipment, { spool, clock: systemClock, log }, options);
}

describe('a shipper that goes on looking', () => {
  test('asks the store nothing and says nothing while the database is idle', async () => {
    await ship();
    expect({ calls, events: log.events }).toEqual({ calls: [], events: [] });
  });

  test('neither reads nor looks up again what PostgreSQL is done with, however much there is', async () => {
    for (let number = 1; number <= 2_000; number += 1) await mark(segment(number), 'done');
    await offer(segment(2_001));
    await ship();
    expect(wal.reads).toEqual([segment(2_001)]);
    expect(
      calls.filter((key) => /[0-9A-F]{24}/.test(key) && !key.includes(segment(2_001))),
    ).toEqual([]);
  });

  test('goes on when somebody removes the identity record, and init writes it again', async () => {
    const { keys, identity } = lineage;
    await offer(segment(1));
    for (const suffix of ['', '.meta'])
      await rm(join(folder, 'store', `${keys.identity}${suffix}`));
    await ship();
    expect(await store.head(keys.wal(segment(1)))).toBeDefined();
    expect((await claimTestLineage(store)).identity).toEqual(identity);
  });
});
