import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { certificateFiles } from '../../../../lib/core/adapters/host/certificate-files.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { GET_STRACE, hasStrace, traceCalls } from '../../../support/traced-calls.ts';

const ADAPTER = resolve(
  import.meta.dirname,
  '../../../../lib/core/adapters/host/certificate-files.ts',
);
const TEXTS = { privateKey: 'a key', certificate: 'a certificate', roots: 'roots' };
/** Somebody who is neither root nor the account of these tests. */
const SOMEBODY = 12_345;

let directory: string;
beforeEach(async () => {
  directory = await temporaryFolder();
});

describe('certificates on the disk', () => {
  test('are read as they were written, and each can be replaced alone', async () => {
    await certificateFiles.write(directory, TEXTS);
    expect(await certificateFiles.read(directory)).toEqual(TEXTS);
    await certificateFiles.write(directory, { roots: 'more roots' });
    expect(await certificateFiles.read(directory)).toEqual({ ...TEXTS, roots: 'more roots' });
    expect((await readdir(directory)).toSorted()).toEqual([
      'roots.pem',
      'server.crt',
      'server.key',
    ]);
  });

  test('are absent before the first time', async () => {
    expect(await certificateFiles.read(directory)).toEqual({
      privateKey: undefined,
      certificate: undefined,
      roots: undefined,
    });
  });

  test('are for their owner alone, whatever was there before', async () => {
    for (const name of ['server.key', 'server.key.new']) {
      await writeFile(join(directory, name), 'half a k');
      await chmod(join(directory, name), 0o644);
    }
    await certificateFiles.write(directory, TEXTS);
    for (const name of ['roots.pem', 'server.key', 'server.crt']) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
    expect(await certificateFiles.read(directory)).toEqual(TEXTS);
  });

  test.runIf(process.getuid?.() === 0)('belong to the owner of the directory', async () => {
    await chown(directory, SOMEBODY, SOMEBODY);
    await certificateFiles.write(directory, TEXTS);
    expect(await stat(join(directory, 'server.key'))).toMatchObject({
      uid: SOMEBODY,
      gid: SOMEBODY,
    });
  });

  test('fails when the directory is not there', async () => {
    const gone = join(directory, 'gone');
    await expect(certificateFiles.write(gone, TEXTS)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.skipIf(!hasStrace())(
    `are on the disk before they take their places, the certificate last (needs ${GET_STRACE})`,
    async () => {
      const tls = join(directory, 'tls');
      await mkdir(tls);
      const script = join(directory, 'write.ts');
      const texts = JSON.stringify(TEXTS);
      const write = `await certificateFiles.write(${JSON.stringify(tls)}, ${texts});`;
      await writeFile(script, `import { certificateFiles } from '${ADAPTER}';\n${write}\n`);
      const calls = await traceCalls(
        [process.execPath, '--experimental-strip-types', script],
        ['fsync', 'rename'],
        { folder: join(directory, 'trace') },
      );
      const steps = calls.flatMap((call) => {
        const [, verb, path] = /^(fsync|rename)\((?:\d+<|")(\/[^>"]+)/.exec(call) ?? [];
        return path?.startsWith(tls) === true ? [`${verb} ${path.slice(tls.length)}`] : [];
      });
      const names = ['/roots.pem.new', '/server.key.new', '/server.crt.new'];
      expect(steps).toEqual([
        ...names.map((name) => `fsync ${name}`),
        ...names.map((name) => `rename ${name}`),
        'fsync ',
      ]);
    },
  );
});
