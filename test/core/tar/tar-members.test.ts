import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import * as fc from 'fast-check';
import { create } from 'tar';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTarMembers, type TarMember } from '../../../lib/core/tar/tar-members.ts';
import { chunked, chunkLengths, sampleFiles, tarHeader, tarOf } from './tar-samples.ts';

interface Read {
  readonly members: readonly (TarMember & { readonly content: Buffer })[];
  /** Everything the events carry, joined. */
  readonly raw: Buffer;
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Read> {
  const members: (TarMember & { content: Buffer })[] = [];
  const raw: Uint8Array[] = [];
  let current: { member: TarMember; data: Uint8Array[] } | undefined;
  for await (const event of readTarMembers(chunks)) {
    if (event.type === 'member') {
      current = { member: event.member, data: [] };
      raw.push(event.headerBytes);
    } else if (event.type === 'data') {
      current?.data.push(event.bytes);
      raw.push(event.bytes);
    } else {
      if (current) members.push({ ...current.member, content: Buffer.concat(current.data) });
      raw.push(event.padding);
    }
  }
  return { members, raw: Buffer.concat(raw) };
}

async function sampleFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tar-members-'));
  onTestFinished(async () => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'base'));
  await writeFile(join(folder, 'base', '1'), Buffer.alloc(513, 7), { mode: 0o640 });
  await writeFile(join(folder, 'base', 'empty'), '');
  await symlink('/somewhere/else', join(folder, 'link'));
  return folder;
}

const expectedFromFolder = [
  { path: 'base', type: 'directory', size: 0, linkTarget: '' },
  { path: 'base/1', type: 'file', size: 513, mode: 0o640, content: Buffer.alloc(513, 7) },
  { path: 'base/empty', type: 'file', size: 0, content: Buffer.alloc(0) },
  { path: 'link', type: 'symlink', size: 0, linkTarget: '/somewhere/else' },
];

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

describe('readTarMembers', () => {
  test('gives back every member and every raw byte, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(sampleFiles, chunkLengths, async (files, lengths) => {
        const tar = tarOf(files);
        const { members, raw } = await readAll(chunked(tar, lengths));
        expect(members.map(({ path, content }) => ({ path, content }))).toEqual(files);
        expect(raw.equals(tar.subarray(0, -1024))).toBe(true);
      }),
    );
  });

  test('reads what the system tar writes', async () => {
    const folder = await sampleFolder();
    const { stdout } = await execa('tar', ['-cf', '-', '--format=ustar', 'base', 'link'], {
      cwd: folder,
      encoding: 'buffer',
    });
    const { members } = await readAll(chunked(stdout, [700]));
    expect(members.toSorted(byPath)).toMatchObject(expectedFromFolder);
  });

  test('reads what the tar package writes', async () => {
    const cwd = await sampleFolder();
    const { members } = await readAll(
      create({ cwd, portable: true, noPax: true }, ['base', 'link']),
    );
    expect(members.toSorted(byPath)).toMatchObject(expectedFromFolder);
  });

  test('reads sizes of 8 GiB and above', async () => {
    const size = 9 * 1024 ** 3;
    const block = tarHeader({ path: 'base/1/2', size, mode: 0o600, type: 'File' });
    const events = readTarMembers(chunked(block, [512]));
    const first = await events.next();
    expect(first.value).toMatchObject({ type: 'member', member: { size } });
    await events.return();
  });

  test('reads its source to the end, past the end of the tar', async () => {
    let ended = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield tarOf([]);
      yield Buffer.alloc(8_192);
      ended = true;
    };
    expect((await readAll(source())).members).toEqual([]);
    expect(ended).toBe(true);
  });

  test('closes its source when the reader stops early', async () => {
    let closed = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield tarOf([{ path: 'a', content: Buffer.alloc(10) }]);
      } finally {
        closed = true;
      }
    };
    for await (const event of readTarMembers(source())) if (event.type === 'member') break;
    expect(closed).toBe(true);
  });

  test('refuses a stream that stops anywhere before its end', async () => {
    const tar = tarOf([
      { path: 'a', content: Buffer.alloc(700, 1) },
      { path: 'b', content: Buffer.alloc(0) },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: tar.byteLength - 1 }), async (end) => {
        await expect(readAll(chunked(tar.subarray(0, end), [300]))).rejects.toMatchObject({
          code: 'BACKUP-TAR',
        });
      }),
    );
  });

  test('refuses a header with any bit flipped', async () => {
    const tar = tarOf([{ path: 'a', content: Buffer.alloc(100, 1) }]);
    const checksum = { from: 148, to: 156 };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 511 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          fc.pre(at < checksum.from || at >= checksum.to);
          const damaged = Buffer.from(tar);
          damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
          await expect(readAll(chunked(damaged, [512]))).rejects.toMatchObject({
            code: 'BACKUP-TAR',
          });
        },
      ),
    );
  });

  test.each([
    ['a hard link', { path: 'a', type: 'Link', linkpath: 'b', size: 0 }],
    ['a pax header', { path: 'a', type: 'ExtendedHeader', size: 0 }],
    ['a device', { path: 'a', type: 'CharacterDevice', size: 0 }],
    ['a name that is not UTF-8', { path: 'a\uFFFD', type: 'File', size: 0 }],
    ['no name', { path: '', type: 'File', size: 0 }],
    ['a symlink with content', { path: 'a', type: 'SymbolicLink', linkpath: 'b', size: 5 }],
  ] as const)('refuses %s', async (_, fields) => {
    const tar = Buffer.concat([tarHeader({ mode: 0o600, ...fields }), Buffer.alloc(2_048)]);
    await expect(readAll(chunked(tar, [512]))).rejects.toMatchObject({ code: 'BACKUP-TAR' });
  });

  test('refuses a lone zero block between members', async () => {
    const tar = Buffer.concat([
      Buffer.alloc(512),
      tarOf([{ path: 'a', content: Buffer.alloc(1) }]),
    ]);
    await expect(readAll(chunked(tar, [512]))).rejects.toMatchObject({ code: 'BACKUP-TAR' });
  });
});
