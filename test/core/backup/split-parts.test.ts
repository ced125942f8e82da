import { execa } from 'execa';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLabelFirst, splitParts } from '../../../lib/core/backup/split-parts.ts';
import { readTarMembers } from '../../../lib/core/tar/tar-members.ts';
import { chunked, chunkLengths, sampleFiles, tarFile, tarOf } from '../tar/tar-samples.ts';

const END_BYTES = 1_024;
const MANIFEST = { path: 'backup_manifest', content: Buffer.from('{ "a manifest" }\n') };
const LABEL = { path: 'backup_label', content: Buffer.from('START WAL LOCATION: …\n') };

interface Piece {
  readonly kind: 'part' | 'manifest';
  readonly bytes: Buffer;
  readonly members: number;
}

async function split(tar: Uint8Array, partBytes: number, lengths = [700]): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of splitParts(readTarMembers(chunked(tar, lengths)), partBytes)) {
    const bytes = Buffer.concat(await Array.fromAsync(piece.chunks));
    pieces.push({ kind: piece.kind, bytes, members: piece.members() });
  }
  return pieces;
}

describe('splitParts', () => {
  test('cuts into complete tars that together are the original, the manifest apart', async () => {
    await fc.assert(
      fc.asyncProperty(
        sampleFiles,
        chunkLengths,
        fc.integer({ min: 1, max: 30_000 }),
        async (files, lengths, partBytes) => {
          const pieces = await split(tarOf([...files, MANIFEST]), partBytes, lengths);
          const parts = pieces.filter(({ kind }) => kind === 'part');
          const joined = Buffer.concat(parts.map(({ bytes }) => bytes.subarray(0, -END_BYTES)));
          expect(joined.equals(Buffer.concat(files.map(tarFile)))).toBe(true);
          expect(parts.reduce((sum, { members }) => sum + members, 0)).toBe(files.length);
          for (const { bytes } of parts) {
            expect(bytes.subarray(-END_BYTES).every((byte) => byte === 0)).toBe(true);
          }
          // Only the last part may be short of the target.
          for (const { bytes } of parts.slice(0, -1)) {
            expect(bytes.byteLength - END_BYTES).toBeGreaterThanOrEqual(partBytes);
          }
          const manifests = pieces.filter(({ kind }) => kind === 'manifest');
          expect(manifests.map(({ bytes }) => bytes)).toEqual([MANIFEST.content]);
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
    const tar = tarOf([MANIFEST, LABEL]);
    const pieces = splitParts(readTarMembers(chunked(tar, [512])), 1);
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

describe('readLabelFirst', () => {
  test('gives the label, and all members again', async () => {
    const tar = tarOf([LABEL, MANIFEST]);
    const { label, events } = await readLabelFirst(readTarMembers(chunked(tar, [5])));
    expect(label).toBe(LABEL.content.toString());
    const paths: string[] = [];
    for await (const event of events) if (event.type === 'member') paths.push(event.member.path);
    expect(paths).toEqual(['backup_label', 'backup_manifest']);
  });

  test.each([
    ['a backup that starts with another file', tarOf([MANIFEST, LABEL])],
    ['a label too large to be one', tarOf([{ ...LABEL, content: Buffer.alloc(70_000) }])],
    ['an empty backup', tarOf([])],
  ])('refuses %s', async (_, tar) => {
    await expect(readLabelFirst(readTarMembers(chunked(tar, [512])))).rejects.toMatchObject({
      code: 'BACKUP-LABEL',
    });
  });
});
