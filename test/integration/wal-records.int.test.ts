import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { formatLsn, parseLsn, type Lsn } from '../../lib/core/wal/lsn.ts';
import { assertWholeSegment, type SegmentIdentity } from '../../lib/core/wal/page.ts';
import {
  summarizeSegment,
  type CommitPoint,
  type UnfinishedRecord,
} from '../../lib/core/wal/records.ts';
import { isSegmentName, parseSegment, segmentAt } from '../../lib/core/wal/segment.ts';

const MiB = 1024 * 1024;
const PAGE_BYTES = 8192n;
/** With {@link WIDE_BYTES}, which are printed in hex, below what is read of a program's output. */
const DUMP_RECORDS = 2000;
/** A record wider than a segment. */
const WIDE_BYTES = 1_150_000;
const DUMP_LINE = /tx:\s+(\d+), lsn: ([0-9A-F/]+), prev \S+ desc: (.*)$/;
const COMMIT = /^COMMIT (\S+) (\S+) UTC/;
const COMMIT_PREPARED = /^COMMIT_PREPARED (\d+): (\S+) (\S+) UTC/;

/** A record as pg_waldump prints it. */
interface DumpedRecord {
  readonly lsn: Lsn;
  readonly xid: number;
  readonly description: string;
}

interface WholeSegment {
  readonly name: string;
  readonly bytes: Uint8Array;
}

let directory: string;
let server: AttachedServer;
let identity: SegmentIdentity;
let segments: readonly WholeSegment[];
let records: readonly DumpedRecord[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-wal-records-'));
  const postgres = await findPostgres();
  server = await createThrowawayServer(postgres, {
    directory,
    walSegmentMegabytes: 1,
    settings: { fsync: 'off', wal_keep_size: '1GB', max_prepared_transactions: '4' },
  });
  const end = await load(server);
  await server.stop();
  const { major, systemIdentifier } = await postgres.controlData(server.dataDirectory);
  identity = { major, systemIdentifier, segmentBytes: MiB };
  segments = await readSegments(join(server.dataDirectory, 'pg_wal'), segmentAt(1, end, MiB));
  records = await dumpRecords(server, segments);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Writes WAL of many kinds; gives a position in the segment after the last whole one. */
async function load(server: AttachedServer): Promise<Lsn> {
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
    `CREATE TABLE gone (n int);
     BEGIN; ${subtransactions.join(' ')} DROP TABLE gone; PREPARE TRANSACTION 'two-phase';
     COMMIT PREPARED 'two-phase';
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

/** Every record in `whole`, a few thousand at a time. */
async function dumpRecords(
  server: AttachedServer,
  whole: readonly WholeSegment[],
): Promise<DumpedRecord[]> {
  const edge = (name = ''): Lsn => parseSegment(name, MiB).startLsn;
  let from = edge(whole[0]?.name);
  const to = parseSegment(whole.at(-1)?.name ?? '', MiB).endLsn;
  const dumped: DumpedRecord[] = [];
  for (;;) {
    const range = [`--start=${formatLsn(from)}`, `--end=${formatLsn(to)}`];
    const path = `--path=${join(server.dataDirectory, 'pg_wal')}`;
    const output = await server.run('pg_waldump', [path, ...range, `--limit=${DUMP_RECORDS}`], {
      environment: { TZ: 'UTC' },
    });
    const page = output.split('\n').flatMap((line) => {
      const [, xid, lsn, description] = DUMP_LINE.exec(line) ?? [];
      if (xid === undefined || lsn === undefined || description === undefined) return [];
      return [{ xid: Number(xid), lsn: parseLsn(lsn), description }];
    });
    // Each page begins with the record that ended the one before.
    dumped.push(...page.filter(({ lsn }) => lsn > (dumped.at(-1)?.lsn ?? 0n)));
    if (page.length < DUMP_RECORDS) return dumped;
    from = dumped.at(-1)?.lsn ?? to;
  }
}

/** Where the record before one at `next` ends: a page's header belongs to neither. */
function endBefore(next: Lsn): Lsn {
  const inPage = next % PAGE_BYTES;
  const header = next % BigInt(MiB) < PAGE_BYTES ? 40n : 24n;
  return inPage === header ? next - inPage : next;
}

/** The commits that pg_waldump finds, with the ends of their records. */
function dumpedCommits(): readonly CommitPoint[] {
  const wholeEnd = parseSegment(segments.at(-1)?.name ?? '', MiB).endLsn;
  return records.flatMap(({ xid, description }, index) => {
    const next = records[index + 1];
    const lsn = next === undefined ? wholeEnd : endBefore(next.lsn);
    const [, ownXid, preparedDay, preparedTime] = COMMIT_PREPARED.exec(description) ?? [];
    const [, day = preparedDay, time = preparedTime] = COMMIT.exec(description) ?? [];
    if (day === undefined || time === undefined) return [];
    return [{ lsn, xid: Number(ownXid ?? xid), time: new Date(`${day}T${time.slice(0, 12)}Z`) }];
  });
}

describe('WAL that PostgreSQL wrote', () => {
  test('is proved segment by segment, those cut short by a switch too', () => {
    expect(segments.length).toBeGreaterThan(10);
    for (const { name, bytes } of segments) {
      expect(() => assertWholeSegment(bytes, name, identity)).not.toThrow();
    }
  });

  test('is refused under the name of a neighbour', () => {
    const [first, second] = segments;
    expect(() =>
      assertWholeSegment(first?.bytes ?? Buffer.alloc(0), second?.name ?? '', identity),
    ).toThrow(expect.objectContaining({ code: 'WAL-PAGE' }));
  });

  test('holds the first and last commits that pg_waldump finds', () => {
    const commits = dumpedCommits();
    expect(commits.length).toBeGreaterThan(3000);
    let carry: UnfinishedRecord | undefined;
    for (const { name, bytes } of segments) {
      const { startLsn, endLsn } = parseSegment(name, MiB);
      const here = commits.filter(({ lsn }) => lsn > startLsn && lsn <= endLsn);
      const summary = summarizeSegment(bytes, { carry });
      expect([name, summary.firstCommit]).toEqual([name, here[0]]);
      expect([name, summary.lastCommit]).toEqual([name, here.at(-1)]);
      carry = summary.tail;
    }
  });

  test('ends where pg_waldump sees the last record of each segment end', () => {
    const ends = records.slice(1).map(({ lsn }) => endBefore(lsn));
    for (const { name, bytes } of segments.slice(0, -1)) {
      const { startLsn, endLsn } = parseSegment(name, MiB);
      const last = ends.findLast((lsn) => lsn > startLsn && lsn <= endLsn);
      expect([name, summarizeSegment(bytes).endLsn]).toEqual([name, last ?? startLsn]);
    }
  });

  test('gives a prepared transaction its own id, past dropped tables and subtransactions', () => {
    const prepared = records.filter(({ description }) => COMMIT_PREPARED.test(description));
    expect(prepared.map(({ xid }) => xid)).toEqual([0]);
    const ownXid = Number(COMMIT_PREPARED.exec(prepared[0]?.description ?? '')?.[1]);
    const lastXids = segments.map(({ bytes }) => summarizeSegment(bytes).lastCommit?.xid);
    expect(lastXids).toContain(ownXid);
  });
});
