import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Header } from 'tar';
import { describe, expect, onTestFinished, test } from 'vitest';
import { claimDataDirectory } from '../../../lib/core/adapters/restore/claim-data-directory.ts';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import type { BackupRecord, PartRecord } from '../../../lib/core/store/records.ts';
import { lineageKeys } from '../../../lib/core/contract/key-layout.ts';
import { DIGESTS_IN_TURN } from '../../../lib/core/tar/stream-digest.ts';
import { extractBase } from '../../../lib/core/restore/extract-base.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { compressWal } from '../../../lib/core/store/zstd.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { backupFrom } from './plan/recovery-model.ts';

interface Member {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink';
  readonly text?: string;
  readonly linkpath?: string;
}

const MANIFEST = Buffer.from('{"PostgreSQL-Backup-Manifest-Version": 1}\n');
const past = { segments: 9, perSegment: 1, missing: new Set<number>(), backups: [1] };

function tarOf(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ path, type = 'File', text = '', linkpath }) => {
    const header = Buffer.alloc(512);
    new Header({ path, type, linkpath, mode: 0o640, size: text.length }).encode(header);
    return [header, Buffer.from(text.padEnd(Math.ceil(text.length / 512) * 512, '\0'))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Stores one part for each list of members, and extracts them. */
async function extract(parts: readonly (readonly Member[])[], changed?: Partial<PartRecord>) {
  const store = new MemoryObjectStore();
  const base = backupFrom(past, 1);
  const keys = lineageKeys(base).backup(base.id);
  const records: PartRecord[] = [];
  for (const [index, members] of parts.entries()) {
    const plain = tarOf(members);
    const stored = await compressWal(plain);
    const key = keys.part(index + 1);
    await store.putStream(key, streamOf(stored));
    records.push({
      name: key.slice(key.lastIndexOf('/') + 1),
      plainBytes: plain.byteLength,
      storedBytes: stored.byteLength,
      plainSha256: sha256(plain),
      storedSha256: sha256(stored),
      members: members.length,
      frames: [[stored.byteLength, plain.byteLength]],
      ...changed,
    });
  }
  await store.putStream(keys.manifest, streamOf(MANIFEST));
  const size = MANIFEST.byteLength;
  const [plainSha256, storedSha256] = [sha256(MANIFEST), sha256(MANIFEST)];
  const backup: BackupRecord = {
    ...base,
    parts: records,
    manifest: { ...base.manifest, plainBytes: size, storedBytes: size, plainSha256, storedSha256 },
  };
  const directory = await claimDataDirectory(join(await temporaryFolder(), 'data'), undefined);
  onTestFinished(() => directory[Symbol.asyncDispose]());
  let passed = 0;
  await extractBase({
    store,
    backup,
    directory,
    trees: new Map(),
    parallel: 2,
    digests: DIGESTS_IN_TURN,
    log: recordingLog(),
    passed: (bytes) => {
      passed += bytes;
    },
  });
  return {
    path: directory.path,
    passed,
    storedBytes: records.reduce((sum, part) => sum + part.storedBytes, size),
  };
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('extractBase', () => {
  test('writes the files of all parts, wherever their directories come', async () => {
    const { path, passed, storedBytes } = await extract([
      [
        { path: 'backup_label', text: 'START' },
        { path: './base', type: 'Directory' },
      ],
      [{ path: 'base/5/1259', text: 'x'.repeat(10_000) }, { path: 'base/5/empty' }],
    ]);
    expect(await readFile(join(path, 'backup_label'), 'utf8')).toBe('START');
    expect((await stat(join(path, 'base/5/1259'))).size).toBe(10_000);
    expect((await stat(join(path, 'base/5/1259'))).mode & 0o777).toBe(0o640);
    expect(await readdir(join(path, 'base/5'))).toEqual(['1259', 'empty']);
    expect(await readFile(join(path, 'backup_manifest'))).toEqual(MANIFEST);
    expect(passed).toBe(storedBytes);
  });

  test('leaves out signals, and sets ALTER SYSTEM’s settings aside', async () => {
    const { path } = await extract([
      [
        { path: 'standby.signal' },
        { path: 'recovery.signal' },
        { path: 'postgresql.auto.conf', text: 'x = 1' },
      ],
    ]);
    expect((await readdir(path)).sort()).toEqual(['backup_manifest', 'holdfast-recovery']);
    const aside = join(path, 'holdfast-recovery', 'postgresql.auto.conf');
    expect(await readFile(aside, 'utf8')).toBe('x = 1');
  });

  test.each([
    [
      'a link to a tablespace',
      'BACKUP-TAR',
      { path: 'pg_tblspc/1', type: 'SymbolicLink', linkpath: '/live' },
    ],
    ['another link', 'BACKUP-TAR', { path: 'pg_wal', type: 'SymbolicLink', linkpath: '/live' }],
    ['a path that leaves the directory', 'BACKUP-TAR', { path: '../../etc/cron.d/x', text: 'x' }],
    ['an absolute path', 'BACKUP-TAR', { path: '/etc/cron.d/x', text: 'x' }],
  ] as const)('fails when there is %s', async (_, code, member) => {
    await expect(extract([[member]])).rejects.toMatchObject({ code });
  });

  test('fails when two parts hold the same file', async () => {
    const member = { path: 'PG_VERSION', text: '15' };
    await expect(extract([[member], [member]])).rejects.toMatchObject({ code: 'BACKUP-TAR' });
  });

  test('fails when a part is not as its record says', async () => {
    const member = { path: 'PG_VERSION', text: '15' };
    const changed = { plainSha256: sha256(new Uint8Array()) };
    await expect(extract([[member]], changed)).rejects.toMatchObject({ code: 'STORE-CORRUPT' });
  });
});
