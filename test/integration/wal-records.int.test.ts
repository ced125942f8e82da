import { chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { indexSegment } from '../../lib/core/wal/index/index-segment.ts';
import { putIndex } from '../../lib/core/wal/index/put-index.ts';
import type { IndexedArchive } from '../../lib/core/wal/index/read-index.ts';
import { walkEvents } from '../../lib/core/wal/index/walk-events.ts';
import { findRecordFrom } from '../../lib/core/wal/index/find-record.ts';
import { readIntactRecords, type WalReading } from '../../lib/core/wal/intact-records.ts';
import { parseLsn, type Lsn } from '../../lib/core/wal/lsn.ts';
import { assertWholeSegment, type SegmentIdentity } from '../../lib/core/wal/whole-segment.ts';
import { isSegmentName, parseSegment, segmentAt } from '../../lib/core/wal/segment.ts';
import type { WalEvent } from '../../lib/core/wal/wal-event.ts';
import { type DumpedRecord, dumpedEvents, dumpedPlaces, dumpRecords } from '../support/wal-dump.ts';

const MiB = 1024 * 1024;
/** A record wider than a segment. */
const WIDE_BYTES = 1_150_000;
interface WholeSegment {
  readonly name: string;
  readonly bytes: Uint8Array;
}

let directory: string;
let server: AttachedServer;
let identity: SegmentIdentity;
let segments: readonly WholeSegment[];
let records: readonly DumpedRecord[];
let wholeEnd: Lsn;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-wal-records-'));
  const postgres = await findPostgres();
  server = await createThrowawayServer(postgres, {
    directory,
    walSegmentMegabytes: 1,
    settings: { fsync: 'off', wal_keep_size: '1GB', max_prepared_transactions: '4' },
  });
  const elsewhere = join(directory, 'elsewhere');
  const owner = serverOwner();
  await mkdir(elsewhere);
  if (owner !== undefined) await chown(elsewhere, owner.uid, owner.gid);
  const end = await load(server, elsewhere);
  await server.stop();
  const { major, systemIdentifier } = await postgres.controlData(server.dataDirectory);
  identity = { major, systemIdentifier, segmentBytes: MiB };
  segments = await readSegments(join(server.dataDirectory, 'pg_wal'), segmentAt(1, end, MiB));
  const edges = segments.map(({ name }) => parseSegment(name, MiB));
  wholeEnd = edges.at(-1)?.endLsn ?? 0n;
  records = await dumpRecords(server, edges[0]?.startLsn ?? 0n, wholeEnd);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Writes WAL of many kinds; gives a position in the segment after the last whole one. */
async function load(server: AttachedServer, elsewhere: string): Promise<Lsn> {
  const run = async (program: string, args: readonly string[], input = ''): Promise<string> =>
    server.run(program, args, { input });
  const sql = async (text: string): Promise<string> => run('psql', ['-XAtq', '-c', text]);
  await run('pgbench', ['--initialize', '--quiet', '--scale=1']);
  await run('pgbench', ['--no-vacuum', '--client=4', '--jobs=2', '--transactions=400']);
  await sql('SELECT pg_switch_wal()');
  const subtransactions = Array.from(
    { length: 20 },
    (_, n) => `SAVEPOINT s${n}; INSERT INTO gone VALUES (${n});`,
  );
  await run(
    'psql',
    ['-XAtq'],
    `CREATE TABLE gone (n int); CREATE TABLE more (n int);
     BEGIN; ${subtransactions.join(' ')} DROP TABLE gone; PREPARE TRANSACTION 'two-phase';
     COMMIT PREPARED 'two-phase';
     BEGIN; INSERT INTO more VALUES (1); SAVEPOINT a; INSERT INTO more VALUES (2);
     ROLLBACK TO a; PREPARE TRANSACTION 'given-up';
     ROLLBACK PREPARED 'given-up';
     BEGIN; INSERT INTO more VALUES (3); ROLLBACK;
     SELECT pg_create_restore_point('before the change');
     CREATE TABLESPACE elsewhere LOCATION '${elsewhere}';
     SELECT pg_switch_wal();`,
  );
  await sql(`SELECT pg_logical_emit_message(true, 'wide', repeat('x', ${WIDE_BYTES}))`);
  await run('pgbench', ['--no-vacuum', '--client=4', '--jobs=2', '--transactions=400']);
  await sql('SELECT pg_switch_wal()');
  await sql('CREATE TABLE after_switch ()');
  return parseLsn(await sql('SELECT pg_current_wal_insert_lsn()'));
}

async function readSegments(walDirectory: string, before: string): Promise<WholeSegment[]> {
  const names = (await readdir(walDirectory)).filter(
    (name) => isSegmentName(name) && name < before,
  );
  return Promise.all(
    names
      .toSorted()
      .map(async (name) => ({ name, bytes: await readFile(join(walDirectory, name)) })),
  );
}

/** The segments with or without their indexes, in a store. */
async function archived(isIndexed: boolean): Promise<IndexedArchive> {
  const store = new MemoryObjectStore();
  const lineage = await claimLineage(store, {
    ...identity,
    cluster: 'orders',
    createdAt: new Date(),
  });
  for (const { name, bytes } of segments) {
    await putSealed(store, lineage.keys.wal(name), bytes, { epoch: 1 });
    if (!isIndexed) continue;
    expect(await putIndex({ store, lineage }, name, bytes, { epoch: 1 })).toBeUndefined();
  }
  return { store, lineage };
}

/** All segments, as one path. */
function wholePath(): { readonly timeline: number; readonly first: bigint; readonly last: bigint } {
  const [first, last] = [segments[0], segments.at(-1)].map((one) =>
    parseSegment(one?.name ?? '', MiB),
  );
  return { timeline: 1, first: first?.number ?? 0n, last: last?.number ?? 0n };
}

describe('WAL that PostgreSQL wrote', () => {
  test('is proved segment by segment, those cut short by a switch too', () => {
    expect(segments.length).toBeGreaterThan(10);
    for (const { name, bytes } of segments) {
      expect(() => assertWholeSegment(bytes, name, identity)).not.toThrow();
    }
  });

  test('is intact, record by record, across all segments', () => {
    let reading: WalReading | undefined;
    for (const { name, bytes } of segments) {
      const { endAt, after } = readIntactRecords(bytes, reading);
      const { endLsn } = parseSegment(name, MiB);
      const hasSwitch = after?.open === undefined && endAt < bytes.byteLength;
      expect([name, hasSwitch || endAt === bytes.byteLength]).toEqual([name, true]);
      const last = records.findLast(({ lsn }) => lsn < endLsn);
      expect([name, after?.open?.lsn ?? after?.previousLsn]).toEqual([name, last?.lsn]);
      reading = after;
    }
  });

  test('is refused under the name of a neighbour', () => {
    const [first, second] = segments;
    expect(() =>
      assertWholeSegment(first?.bytes ?? Buffer.alloc(0), second?.name ?? '', identity),
    ).toThrow(expect.objectContaining({ code: 'WAL-PAGE' }));
  });

  test.each([true, false])(
    'holds the events that pg_waldump finds, with indexes: %s',
    async (isIndexed) => {
      const events: WalEvent[] = [];
      const all = { mayHold: () => true, isWanted: ({ kind }: WalEvent) => kind !== 'switch' };
      for await (const event of walkEvents(await archived(isIndexed), [wholePath()], all)) {
        const { timeline, ...rest } = event;
        expect(timeline).toBe(1);
        events.push(rest);
      }
      const dumped = dumpedEvents(records, wholeEnd);
      expect(dumped.length).toBeGreaterThan(3000);
      expect(new Set(dumped.map(({ kind }) => kind)).size).toBe(4);
      // Which record ended before the first segment is not known here.
      expect(events.slice(1)).toEqual(dumped.slice(1));
    },
  );

  test('ends where pg_waldump sees the last record of each segment end', () => {
    const places = dumpedPlaces(records, wholeEnd);
    for (const { name, bytes } of segments.slice(0, -1)) {
      const { startLsn, endLsn } = parseSegment(name, MiB);
      const lastEnd = places.findLast((one) => one.endLsn > startLsn && one.endLsn <= endLsn);
      const lastStart = places.findLast(({ lsn }) => lsn >= startLsn && lsn < endLsn);
      const index = indexSegment(bytes);
      expect([name, index.endLsn]).toEqual([name, lastEnd?.endLsn ?? startLsn]);
      expect([name, index.lastRecordLsn]).toEqual([name, lastStart?.lsn]);
    }
  });

  test('gives the record at which a target by LSN stops', async () => {
    const archive = await archived(true);
    const places = dumpedPlaces(records, wholeEnd);
    const crossing = places.filter(
      ({ lsn, endLsn }) => lsn / BigInt(MiB) !== (endLsn - 1n) / BigInt(MiB),
    );
    expect(crossing.length).toBeGreaterThan(5);
    for (const place of [...crossing, ...places.filter((_, index) => index % 5000 === 7)]) {
      const at = places.indexOf(place);
      const path = { ...wholePath(), first: place.lsn / BigInt(MiB) - 1n };
      if (at === 0 || path.first < wholePath().first) continue;
      expect(await findRecordFrom(archive, [path], place.lsn)).toMatchObject(place);
      const next = await findRecordFrom(archive, [path], place.lsn + 1n);
      expect(next).toMatchObject(places[at + 1] ?? {});
    }
  });
});
