import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manifestReader, type WalRange } from '../../../lib/core/backup/backup-manifest.ts';

const RANGES = '{ "Timeline": 2, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" }';

function manifest(options: { version?: number; files?: number; ranges?: string } = {}): Buffer {
  const { version = 1, files = 3, ranges = RANGES } = options;
  const rows = Array.from(
    { length: files },
    (_, i) =>
      `{ "Path": "base/5/${i}", "Size": 8192, "Last-Modified": "2026-11-22 01:02:03 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "aabbccdd" }`,
  );
  const body =
    `{ "PostgreSQL-Backup-Manifest-Version": ${version},\n` +
    `"Files": [\n${rows.join(',\n')}\n],\n"WAL-Ranges": [\n${ranges}\n],\n`;
  const checksum = createHash('sha256').update(body).digest('hex');
  return Buffer.from(`${body}"Manifest-Checksum": "${checksum}"}\n`);
}

function read(bytes: Uint8Array, chunkBytes = 700): readonly WalRange[] {
  const reader = manifestReader();
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    reader.add(bytes.subarray(at, at + chunkBytes));
  }
  return reader.result().walRanges;
}

describe('manifestReader', () => {
  test('reads the WAL ranges, however the stream is cut', () => {
    const bytes = manifest();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.byteLength }), (chunkBytes) => {
        expect(read(bytes, chunkBytes)).toEqual([
          { timeline: 2, startLsn: 0x200_0028n, endLsn: 0x200_0100n },
        ]);
      }),
    );
  });

  test('reads one far larger than what it keeps', () => {
    expect(read(manifest({ files: 5_000 }), 65_536)).toHaveLength(1);
  });

  test('reads version 2, and ranges on two timelines', () => {
    const second = '{ "Timeline": 1, "Start-LSN": "0/1000028", "End-LSN": "0/2000028" }';
    expect(read(manifest({ version: 2, ranges: `${RANGES},\n${second}` }))).toHaveLength(2);
  });

  test('finds any byte changed', () => {
    const bytes = manifest({ files: 1 });
    // The last two bytes are "}" and a newline, behind the checksum: JSON sees to the first.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.byteLength - 2 }), (at) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        expect(() => read(damaged)).toThrow(expect.objectContaining({ code: 'BACKUP-MANIFEST' }));
      }),
    );
  });

  test.each([
    ['a version it does not know', manifest({ version: 3 })],
    ['one without WAL ranges', manifest({ ranges: '' })],
    ['one cut short', manifest().subarray(0, -80)],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'BACKUP-MANIFEST' }));
  });
});
