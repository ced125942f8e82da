import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { FolderRecoverySpool } from '../../../../lib/core/adapters/restore/folder-recovery-spool.ts';
import { restoreCommand } from '../../../../lib/core/restore/wal/restore-command.ts';
import { makeArchiveScript } from '../../../support/archive-script.ts';
import { pathWith, TOOL_FAULTS } from '../../../support/faults/faulty-tools.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const NAME = '000000010000000000000003';
const PLACE = 'pg_wal/RECOVERYXLOG';
/** Above it PostgreSQL's archiver would end, and a recovery does. */
const MOST = 125;

const faultsOf = (tools: readonly string[]): readonly (readonly [string, string, string])[] =>
  tools.flatMap((tool) =>
    Object.entries(TOOL_FAULTS).map(([what, script]) => [tool, what, script] as const),
  );

describe.each(faultsOf(['sleep', 'date']))('archive_command, when %s %s,', (tool, _, script) => {
  test('fails in PostgreSQL’s range as long as nothing is acknowledged', async () => {
    const folder = await temporaryFolder();
    const archive = await makeArchiveScript(folder);
    const path = await pathWith(folder, tool, script);
    await writeFile(join(archive.spool, 'heartbeat'), `${Math.floor(Date.now() / 1_000)}\n`);
    const { status } = await archive.run(['env', `PATH=${path}`, 'sh'], NAME);
    expect(status).toBeGreaterThanOrEqual(1);
    expect(status).toBeLessThanOrEqual(MOST);
  });

  test('uses an acknowledgement once', async () => {
    const folder = await temporaryFolder();
    const archive = await makeArchiveScript(folder);
    const path = await pathWith(folder, tool, script);
    await writeFile(join(archive.acknowledged, NAME), '');
    const shell = ['env', `PATH=${path}`, 'sh'];
    expect((await archive.run(shell, NAME)).status).toBe(0);
    const { status } = await archive.run(shell, NAME);
    expect(status).toBeGreaterThanOrEqual(1);
    expect(status).toBeLessThanOrEqual(MOST);
  });
});

describe.each(faultsOf(['sleep', 'date', 'mv']))(
  'restore_command, when %s %s,',
  (tool, _, script) => {
    test('never says that a file is absent, nor in place when it is not', async () => {
      const folder = await temporaryFolder();
      await mkdir(join(folder, 'pg_wal'));
      const spool = await FolderRecoverySpool.create(join(folder, 'spool'), undefined);
      await spool.beat(new Date());
      await spool.offer(NAME, Buffer.from('wal'));
      const status = await restore(folder, spool, await pathWith(folder, tool, script));
      const isThere = await readFile(join(folder, PLACE), 'utf8').then(
        (text) => text === 'wal',
        () => false,
      );
      const isAborted = (status ?? MOST) > MOST;
      expect({ status, isAborted }).toEqual({ status: isThere ? 0 : status, isAborted: !isThere });
    });

    test('ends the recovery when nobody can serve it', async () => {
      const folder = await temporaryFolder();
      await mkdir(join(folder, 'pg_wal'));
      const spool = await FolderRecoverySpool.create(join(folder, 'spool'), undefined);
      await spool.beat(new Date(Date.now() - 60_000));
      if (script === TOOL_FAULTS['does nothing, and says that it did'] || tool !== 'date') {
        await spool.fail(NAME, 'nobody is there');
      }
      const status = await restore(folder, spool, await pathWith(folder, tool, script));
      expect(status).toBeGreaterThan(MOST);
    });
  },
);

/** As PostgreSQL does: replaces the escapes, then system(3) in the data directory. */
async function restore(
  folder: string,
  spool: FolderRecoverySpool,
  path: string,
): Promise<number | undefined> {
  const command = restoreCommand(spool.path).replaceAll(/%[fp%]/g, (escape) => {
    if (escape === '%%') return '%';
    return escape === '%f' ? NAME : PLACE;
  });
  const { exitCode } = await execa('/bin/sh', ['-c', command], {
    cwd: folder,
    env: { PATH: path },
    stdio: 'ignore',
    reject: false,
    timeout: 20_000,
  });
  return exitCode;
}
