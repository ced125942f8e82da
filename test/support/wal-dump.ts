import { join } from 'node:path';
import { expect } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { formatLsn, parseLsn, type Lsn } from '../../lib/core/wal/lsn.ts';
import { parseMicros } from '../../lib/core/wal/micros.ts';
import type { RecordPlace, WalEvent } from '../../lib/core/wal/wal-event.ts';

/** With the widest record in hex, below what is read of a program's output. */
const DUMP_RECORDS = 2000;
const PAGE_BYTES = 8192n;
const SEGMENT_BYTES = 1024n * 1024n;
const DUMP_LINE = /rmgr: (\w+) .*tx:\s+(\d+), lsn: ([0-9A-F/]+), prev \S+ desc: (.*)$/;
const END = /^(COMMIT|ABORT)(?:_PREPARED (\d+):)? (\S+) (\S+) UTC/;
const RESTORE_POINT = /^RESTORE_POINT (.*)$/;
const LIMITS =
  /^PARAMETER_CHANGE max_connections=(\d+) max_worker_processes=(\d+) max_wal_senders=(\d+) max_prepared_xacts=(\d+) max_locks_per_xact=(\d+) /;
const TABLESPACE = /^CREATE (\d+) "(.*)"$/;

/** A record as pg_waldump prints it. */
export interface DumpedRecord {
  readonly rmgr: string;
  readonly lsn: Lsn;
  readonly xid: number;
  readonly description: string;
}

/** Every record between two positions of the server's WAL, a few thousand at a time. */
export async function dumpRecords(
  server: AttachedServer,
  begin: Lsn,
  to: Lsn,
): Promise<readonly DumpedRecord[]> {
  let from = begin;
  const dumped: DumpedRecord[] = [];
  for (;;) {
    const range = [`--start=${formatLsn(from)}`, `--end=${formatLsn(to)}`];
    const path = `--path=${join(server.dataDirectory, 'pg_wal')}`;
    const output = await server.run('pg_waldump', [path, ...range, `--limit=${DUMP_RECORDS}`], {
      environment: { TZ: 'UTC' },
    });
    const page = output.split('\n').flatMap((line) => {
      const [, rmgr = '', xid, lsn, description] = DUMP_LINE.exec(line) ?? [];
      if (xid === undefined || lsn === undefined || description === undefined) return [];
      return [{ rmgr, xid: Number(xid), lsn: parseLsn(lsn), description }];
    });
    // Each page begins with the record that ended the one before.
    dumped.push(...page.filter(({ lsn }) => lsn > (dumped.at(-1)?.lsn ?? 0n)));
    if (page.length < DUMP_RECORDS) return dumped;
    from = dumped.at(-1)?.lsn ?? to;
  }
}

/** Where pg_waldump sees the records, the last of which ends with its segment. */
export function dumpedPlaces(
  records: readonly DumpedRecord[],
  wholeEnd: Lsn,
): readonly RecordPlace[] {
  const starts = records.map(({ lsn }) => lsn);
  return starts.map((lsn, index) => {
    const next = starts[index + 1];
    const previousEndLsn = index === 0 ? undefined : endBefore(lsn);
    return { lsn, endLsn: next === undefined ? wholeEnd : endBefore(next), previousEndLsn };
  });
}

/** What pg_waldump finds of transactions, restore points, limits and tablespaces. */
export function dumpedEvents(records: readonly DumpedRecord[], wholeEnd: Lsn): readonly WalEvent[] {
  const places = dumpedPlaces(records, wholeEnd);
  return records.flatMap(({ rmgr, xid, description }, index): WalEvent[] => {
    const place = places[index];
    if (place === undefined) return [];
    const [, end, ownXid, day, clock] = END.exec(description) ?? [];
    if (rmgr === 'Transaction' && end !== undefined) {
      const time = parseMicros(`${day}T${clock}Z`) ?? 0n;
      const outcome = end === 'COMMIT' ? 'commit' : 'abort';
      return [{ kind: 'end', outcome, time, xid: Number(ownXid ?? xid), ...place }];
    }
    const [, name] = RESTORE_POINT.exec(description) ?? [];
    if (rmgr === 'XLOG' && name !== undefined) {
      return [{ kind: 'restore-point', name, time: expect.any(BigInt), ...place }];
    }
    const [, connections, ...others] = (LIMITS.exec(description) ?? []).map(Number);
    if (rmgr === 'XLOG' && connections !== undefined) {
      const [workers = 0, senders = 0, prepared = 0, locks = 0] = others;
      const limits = {
        max_connections: connections,
        max_worker_processes: workers,
        max_wal_senders: senders,
        max_prepared_transactions: prepared,
        max_locks_per_transaction: locks,
      };
      return [{ kind: 'limits', limits, ...place }];
    }
    const [, oid, location = ''] = TABLESPACE.exec(description) ?? [];
    if (rmgr !== 'Tablespace' || oid === undefined) return [];
    return [{ kind: 'tablespace', oid: Number(oid), location, ...place }];
  });
}

/** Where the record before one at `next` ends: a page's header belongs to neither. */
function endBefore(next: Lsn): Lsn {
  const inPage = next % PAGE_BYTES;
  const header = next % SEGMENT_BYTES < PAGE_BYTES ? 40n : 24n;
  return inPage === header ? next - inPage : next;
}
