import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import { FolderRecoverySpool } from '../../lib/core/adapters/restore/folder-recovery-spool.ts';
import { FolderObjectStore } from '../../lib/core/adapters/store/folder/folder-object-store.ts';
import { restoreCommand } from '../../lib/core/restore/wal/restore-command.ts';
import { claimLineage, type Lineage } from '../../lib/core/store/lineage.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { emptySegment, IDENTITY } from '../core/restore/wal/wal-archive.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { temporaryFolder } from '../support/folders.ts';
import { until } from '../support/until.ts';

/**
 * What PostgreSQL makes of the end of a restore_command, clause by clause, of the very words that a
 * recovering server runs, with the program behind them that stands in when their recovery is dead.
 *
 * @see PostgreSQL RestoreArchivedFile, src/backend/access/transam/xlogarchive.c: 1 to 125 means that
 *   there is no such file, which ends the recovery; a signal or more than 125 ends the server.
 */
const FIRST = '000000010000000000000001';
const MISSING = '000000010000000000000002';
const LAST = '000000010000000000000003';
const PAST = '000000010000000000000004';
const PLACE = 'pg_wal/RECOVERYXLOG';
const ABSENT = 1;
const ABORTS = 200;

describe('restore_command, when the recovery that served it is dead', () => {
  let directory: string;
  let storeDirectory: string;
  let spool: FolderRecoverySpool;
  let lineage: Lineage;

  beforeEach(async () => {
    const folder = await temporaryFolder();
    [directory, storeDirectory] = [join(folder, 'data'), join(folder, 'store')];
    await mkdir(join(directory, 'pg_wal'), { recursive: true });
    await mkdir(storeDirectory);
    const store = new FolderObjectStore(storeDirectory);
    lineage = await claimLineage(store, IDENTITY);
    for (const name of [FIRST, LAST]) {
      await putSealed(store, lineage.keys.wal(name), emptySegment(name), { epoch: 1 });
    }
    const place = `--store '${store.url}' --cluster ${IDENTITY.cluster} --last ${LAST}`;
    const fetch = `exec '${NODE}' '${HOLDFAST}' wal-fetch ${place} --proof "$3" "$1" "$2"\n`;
    spool = await FolderRecoverySpool.create(join(folder, 'spool'), undefined, fetch);
    await spool.beat(new Date(0));
  });

  /** As PostgreSQL does, by system(3). */
  function start(name: string): { readonly pid: number; readonly ended: Promise<unknown[]> } {
    const words = restoreCommand(spool.path).replaceAll(/%[fp%]/g, (escape) => {
      if (escape === '%%') return '%';
      return escape === '%f' ? name : PLACE;
    });
    const shell = spawn('/bin/sh', ['-c', words], { cwd: directory, stdio: 'ignore' });
    return { pid: shell.pid ?? 0, ended: once(shell, 'exit') };
  }

  test('ends with 0 when the file is in place, whole', async () => {
    expect(await start(FIRST).ended).toEqual([0, null]);
    expect(await readFile(join(directory, PLACE))).toEqual(emptySegment(FIRST));
  });

  test.each([PAST, '00000002.history'])('ends with 1 when %s is proven absent', async (name) => {
    expect(await start(name).ended).toEqual([ABSENT, null]);
  });

  const faults = [
    { what: 'a segment is missing before the last', name: MISSING, spoil: async () => undefined },
    {
      what: 'the segment is damaged',
      name: FIRST,
      spoil: async () => writeFile(join(storeDirectory, lineage.keys.wal(FIRST)), 'not WAL'),
    },
    {
      what: 'the store is away',
      name: PAST,
      spoil: async () => rename(storeDirectory, `${storeDirectory}.away`),
    },
    { what: 'the name is none', name: '../identity', spoil: async () => undefined },
    {
      what: 'the interpreter is missing',
      name: PAST,
      spoil: async () => writeFile(join(spool.path, 'one-shot'), 'exec /nowhere/node "$@"\n'),
    },
    {
      what: 'there is no program to stand in',
      name: PAST,
      spoil: async () => rm(join(spool.path, 'one-shot')),
    },
    {
      what: 'a signal ends the program',
      name: PAST,
      spoil: async () => writeFile(join(spool.path, 'one-shot'), 'kill -9 $$\n'),
    },
  ];
  test.for(faults)('never says absent when $what', async ({ name, spoil }) => {
    await spoil();
    expect(await start(name).ended).toEqual([ABORTS, null]);
  });

  test('never says absent when a signal ends it while it waits', async () => {
    await spool.beat(new Date());
    const { pid, ended } = start(PAST);
    const script = await until('the script waits', async () => {
      const { stdout } = await execa('pgrep', ['--parent', String(pid)], { reject: false });
      return stdout !== '' && Number.parseInt(stdout, 10);
    });
    process.kill(script, 'SIGKILL');
    expect(await ended).toEqual([ABORTS, null]);
    const again = start(PAST);
    process.kill(again.pid, 'SIGTERM');
    expect(await again.ended).toEqual([null, 'SIGTERM']);
  });
});
