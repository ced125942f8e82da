import { execa } from 'execa';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CopiedMembers, copiedMembers } from '../../../lib/core/backup/copied-members.ts';
import type { BaseBackupArchive } from '../../../lib/core/ports/base-backup-source.ts';
import { readTarMembers, TAR_END } from '../../../lib/core/tar/tar-members.ts';
import {
  chunked,
  chunkLengths,
  sampleFiles,
  tarFile,
  tarHeader,
  tarOf,
} from '../tar/tar-samples.ts';

const LABEL = { path: 'backup_label', content: Buffer.from('START WAL LOCATION: …\n') };
const MANIFEST = Buffer.from('{ "a manifest" }\n');

function tar(bytes: Uint8Array, tablespace?: string, lengths = [700]): BaseBackupArchive {
  return { kind: 'tar', tablespace, chunks: chunked(bytes, lengths) };
}

function copied(...archives: readonly BaseBackupArchive[]): CopiedMembers {
  const all = async function* (): AsyncGenerator<BaseBackupArchive> {
    yield* archives;
  };
  return copiedMembers(all());
}

/** Reads all members; gives their paths, and a tar of them. */
async function read(members: CopiedMembers): Promise<{ paths: string[]; bytes: Buffer }> {
  const paths: string[] = [];
  const raw: Uint8Array[] = [];
  for await (const event of members.events) {
    if (event.type === 'member') paths.push(event.member.path);
    if (event.type === 'member') raw.push(event.headerBytes);
    else raw.push(event.type === 'data' ? event.bytes : event.padding);
  }
  return { paths, bytes: Buffer.concat([...raw, TAR_END]) };
}

function link(path: string): Buffer {
  return Buffer.concat([
    tarHeader({ path, type: 'SymbolicLink', linkpath: '/live', size: 0 }),
    TAR_END,
  ]);
}

describe('copiedMembers', () => {
  test('puts the files of each tablespace below its folder, unchanged otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(sampleFiles, chunkLengths, async (files, lengths) => {
        const members = copied(
          tar(tarOf(files), '16385', lengths),
          tar(tarOf([LABEL, ...files]), undefined, lengths),
        );
        const { paths, bytes } = await read(members);
        const below = files.map(({ path }) => `pg_tblspc/16385/${path}`);
        expect(paths).toEqual([...below, LABEL.path, ...files.map(({ path }) => path)]);
        const seen: string[] = [];
        for await (const event of readTarMembers(chunked(bytes, lengths))) {
          if (event.type === 'member') seen.push(event.member.path);
        }
        expect(seen).toEqual(paths);
        expect(
          bytes.subarray(-Buffer.concat(files.map(tarFile)).byteLength - 1_024, -1_024),
        ).toEqual(Buffer.concat(files.map(tarFile)));
        const total = files.reduce((sum, { content }) => sum + content.byteLength, 0);
        expect(members.tablespaceBytes('16385')).toBe(total);
        expect(members.label()).toBe(LABEL.content.toString());
      }),
    );
  });

  test('makes headers that the system tar accepts', async () => {
    const long = { path: `PG_15_202209061/5/${'x'.repeat(80)}`, content: Buffer.from('content') };
    const { bytes } = await read(copied(tar(tarOf([long]), '4294967295')));
    const { stdout } = await execa('tar', ['-tf', '-'], { input: bytes });
    expect(stdout).toBe(`pg_tblspc/4294967295/${long.path}`);
  });

  test('leaves out links to tablespaces, and counts those within the data directory', async () => {
    const within = { path: 'pg_tblspc/17/PG_15/5/1', content: Buffer.alloc(512) };
    const bytes = Buffer.concat([link('pg_tblspc/16385').subarray(0, 512), tarOf([within, LABEL])]);
    const members = copied(tar(bytes));
    expect((await read(members)).paths).toEqual([within.path, LABEL.path]);
    expect(members.tablespaceBytes('17')).toBe(512);
    expect(members.tablespaceBytes('16385')).toBe(0);
  });

  test('fails when there is another link', async () => {
    await expect(read(copied(tar(link('pg_wal'))))).rejects.toMatchObject({ code: 'BACKUP-TAR' });
  });

  test('ends ahead of the manifest, which can then be read', async () => {
    const members = copied(tar(tarOf([LABEL])), {
      kind: 'manifest',
      chunks: chunked(MANIFEST, [3]),
    });
    expect(members.manifest()).toBeUndefined();
    expect((await read(members)).paths).toEqual([LABEL.path]);
    const chunks = await Array.fromAsync(members.manifest() ?? []);
    expect(Buffer.concat(chunks)).toEqual(MANIFEST);
  });
});
