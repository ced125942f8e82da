import { execa } from 'execa';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitParts } from '../../../lib/core/backup/split-parts.ts';
import { readTarMembers } from '../../../lib/core/tar/tar-members.ts';
import { chunked, chunkLengths, sampleFiles, tarFile, tarOf } from '../tar/tar-samples.ts';

const END_BYTES = 1_024;
const LABEL = { path: 'backup_label', content: Buffer.from('START WAL LOCATION: …\n') };
const FILE = { path: 'base/5/1259', content: Buffer.alloc(100, 1) };

interface Piece {
  readonly bytes: Buffer;
  readonly members: number;
}

async function split(tar: Uint8Array, partBytes: number, lengths = [700]): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of splitParts(
    readTarMembers(chunked(tar, lengths)),
    partBytes,
    () => undefined,
  )) {
    const bytes = Buffer.concat(await Array.fromAsync(piece.chunks));
    pieces.push({ bytes, members: piece.members() });
  }
  return pieces;
}

describe('splitParts', () => {
  test('cuts into complete tars that together are the original', async () => {
    await fc.assert(
      fc.asyncProperty(
        sampleFiles,
        chunkLengths,
        fc.integer({ min: 1, max: 30_000 }),
        async (files, lengths, partBytes) => {
          const pieces = await split(tarOf(files), partBytes, lengths);
          const joined = Buffer.concat(pieces.map(({ bytes }) => bytes.subarray(0, -END_BYTES)));
          expect(joined.equals(Buffer.concat(files.map(tarFile)))).toBe(true);
          expect(pieces.reduce((sum, { members }) => sum + members, 0)).toBe(files.length);
          for (const { bytes } of pieces) {
            expect(bytes.subarray(-END_BYTES).every((byte) => byte === 0)).toBe(true);
          }
          // Only the last part may be short of the target.
          for (const { bytes } of pieces.slice(0, -1)) {
            expect(bytes.byteLength - END_BYTES).toBeGreaterThanOrEqual(partBytes);
          }
        },
      ),
    );
  });

  test('cuts at the first boundary past the target, not before it', async () => {
    const file = (path: string): { path: string; content: Buffer } => ({
      path,
      content: Buffer.alloc(512),
    });
    const pieces = await split(tarOf(['a', 'b', 'c'].map(file)), 1_025);
    expect(pieces.map(({ members }) => members)).toEqual([2, 1]);
  });

  test('makes parts that the system tar lists', async () => {
    const files = ['base/5/1', 'base/5/2', 'base/5/3'].map((path, index) => ({
      path,
      content: Buffer.alloc(index * 600, 1),
    }));
    const listed: string[] = [];
    for (const { bytes } of await split(tarOf(files), 1_500)) {
      const { stdout } = await execa('tar', ['-tf', '-'], { input: bytes });
      listed.push(...stdout.split('\n'));
    }
    expect(listed).toEqual(files.map(({ path }) => path));
  });

  test('waits for a piece to be read before the next', async () => {
    const tar = tarOf([LABEL, FILE]);
    const pieces = splitParts(readTarMembers(chunked(tar, [512])), 1, () => undefined);
    const first = await pieces.next();
    let hasSecond = false;
    const second = pieces.next().then((piece) => {
      hasSecond = true;
      return piece;
    });
    await new Promise(setImmediate);
    expect(hasSecond).toBe(false);
    if (first.done !== true) await Array.fromAsync(first.value.chunks);
    expect((await second).value).toMatchObject({ kind: 'part' });
  });
});
