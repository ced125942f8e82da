import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BackupRecord,
  GapAnchor,
  GapRecord,
  IdentityRecord,
  LeaseRecord,
  WriterRecord,
} from '../../../lib/core/store/records.ts';
import { decodeRecord, encodeRecord } from '../../../lib/core/store/record.ts';

const instant = fc.date({
  min: new Date('1970-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const positive = fc.integer({ min: 1, max: 2 ** 32 });
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'.split('')),
    minLength: length,
    maxLength: length,
  });
const segmentName = hex(24).map((name) => name.toUpperCase());
const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const some = fc.string({ minLength: 1 });

const lineage = {
  cluster: fc.constantFrom('orders', 'a1', 'x-y-z'),
  systemIdentifier: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  major: fc.integer({ min: 10, max: 99 }),
  segmentBytes: count,
};
const streamed = {
  name: some,
  plainBytes: count,
  storedBytes: count,
  plainSha256: hex(64),
  storedSha256: hex(64),
};
const part = fc.record({ ...streamed, members: count, frames: fc.array(fc.tuple(count, count)) });

const backups: fc.Arbitrary<BackupRecord> = fc.record({
  ...lineage,
  id: some,
  kind: fc.constant('full' as const),
  timeline: positive,
  startLsn: lsn,
  stopLsn: lsn,
  startSegment: segmentName,
  stopSegment: segmentName,
  startedAt: instant,
  finishedAt: instant,
  bytes: count,
  storedBytes: count,
  parts: fc.array(part, { minLength: 1, maxLength: 3 }),
  manifest: fc.record(streamed),
  tablespaces: fc.array(fc.record({ oid: some, name: some, location: some, bytes: count }), {
    maxLength: 2,
  }),
  serverVersion: some,
  settings: fc.dictionary(
    some.filter((key) => key !== '__proto__'),
    fc.string(),
  ),
  collations: fc.array(
    fc.record({
      database: some,
      collate: some,
      ctype: some,
      provider: some,
      version: fc.option(fc.string()),
    }),
    { maxLength: 2 },
  ),
  checksumFailures: fc.array(fc.string(), { maxLength: 2 }),
  skipped: fc.array(fc.string(), { maxLength: 2 }),
});

describe('records', () => {
  test('an identity comes back as it was written', () => {
    fc.assert(
      fc.property(fc.record({ ...lineage, createdAt: instant }), (record) => {
        expect(decodeRecord(IdentityRecord, encodeRecord(IdentityRecord, record), 'x')).toEqual(
          record,
        );
      }),
    );
  });

  test('a writer comes back as it was written', () => {
    const writers = fc.record({
      epoch: positive,
      instance: some,
      volume: some,
      dataDirInode: some,
      timeline: positive,
      since: instant,
      by: fc.constantFrom('first', 'boot', 'rollback', undefined),
    });
    fc.assert(
      fc.property(writers, (record) => {
        expect(decodeRecord(WriterRecord, encodeRecord(WriterRecord, record), 'x')).toEqual(record);
      }),
    );
  });

  test('a backup comes back as it was written', () => {
    fc.assert(
      fc.property(backups, (record) => {
        expect(decodeRecord(BackupRecord, encodeRecord(BackupRecord, record), 'x')).toEqual(record);
      }),
    );
  });

  test('a gap and its anchor come back as they were written', () => {
    const gaps = fc.record({
      id: fc.constant(`${'0'.repeat(24)}-poisoned`),
      kind: fc.constantFrom('missing', 'poisoned'),
      timeline: positive,
      firstSegment: fc.constant('0'.repeat(24)),
      lastSegment: fc.constant('F'.repeat(24)),
      reason: some,
      by: some,
      at: instant,
      epoch: positive,
    });
    const anchors = fc.record({ gapId: some, backupId: some, at: instant });
    fc.assert(
      fc.property(gaps, anchors, (gap, anchor) => {
        expect(decodeRecord(GapRecord, encodeRecord(GapRecord, gap), 'x')).toEqual(gap);
        expect(decodeRecord(GapAnchor, encodeRecord(GapAnchor, anchor), 'x')).toEqual(anchor);
      }),
    );
  });

  test('a lease comes back as it was written', () => {
    const leases = fc.record({ holder: some, fence: positive, expiresAt: instant, check: hex(64) });
    fc.assert(
      fc.property(leases, (record) => {
        expect(decodeRecord(LeaseRecord, encodeRecord(LeaseRecord, record), 'x')).toEqual(record);
      }),
    );
  });
});
