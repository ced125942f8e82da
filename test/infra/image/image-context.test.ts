import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { writeImageContext } from '../../../lib/infra/image/image-context.ts';
import { verbNames } from '../../support/markdown-commands.ts';
import { synthesize, synthesizeAnew } from '../support/synthesis.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const CONTEXT = [
  'Dockerfile',
  'bundle/digest-worker.mjs',
  'bundle/holdfast.mjs',
  'bundle/main.mjs',
  'entry.sh',
  'scripts/archive-command.sh',
  'scripts/restore-command.sh',
];

// Bundling takes a second: most tests look at one.
const folder = mkdtempSync(join(tmpdir(), 'holdfast-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeImageContext(join(folder, 'context'));
const context = contentsOf(join(folder, 'context'));

function contentsOf(directory: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** What the image of the only cluster is built from. */
function contextIn(directory: string): readonly string[] {
  const { dockerImages } = JSON.parse(
    readFileSync(join(directory, 'orders-Host.assets.json'), 'utf8'),
  );
  const [image] = Object.values<{ source: { directory: string } }>(dockerImages);
  return [...contentsOf(join(directory, image?.source.directory ?? '')).keys()];
}

describe('what an image is built from', () => {
  test('is the Dockerfile, the entry, the bundles and the scripts that they look for', () => {
    expect([...context.keys()]).toEqual(expect.arrayContaining(CONTEXT));
  });

  test('is the same wherever it is written, and whatever was there before', () => {
    const elsewhere = join(folder, 'a/b/c/elsewhere');
    mkdirSync(join(elsewhere, 'bundle'), { recursive: true });
    writeFileSync(join(elsewhere, 'bundle/old.mjs'), '');
    writeImageContext(elsewhere);
    expect(contentsOf(elsewhere)).toEqual(context);
  });

  test("can be read by the image's account, whoever writes it", () => {
    const before = process.umask(0o077);
    const strict = join(folder, 'strict');
    try {
      writeImageContext(strict);
    } finally {
      process.umask(before);
    }
    const modes = readdirSync(strict, { recursive: true, withFileTypes: true }).map((entry) => {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      return `${entry.isDirectory()} ${mode.toString(8)}`;
    });
    expect(new Set(modes)).toEqual(new Set(['true 755', 'false 644']));
  });

  test('names no path of this machine: another checkout gives the same image', () => {
    const naming = [...context].filter(([, text]) => text.includes(ROOT));
    expect(naming.map(([path]) => path)).toEqual([]);
    for (const name of ['main', 'holdfast']) {
      const { sources } = JSON.parse(context.get(`bundle/${name}.mjs.map`) ?? '{}');
      const outside = sources.filter(
        (source: string) =>
          !/^(\.\.\/)?((bin|lib|tasks|node_modules)\/|package\.json$)/.test(source),
      );
      expect(sources.length).toBeGreaterThan(100);
      expect(outside).toEqual([]);
    }
  });

  test('starts by itself, without node_modules, and refuses a task that it does not know', async () => {
    const main = join(folder, 'context/bundle/main.mjs');
    const { exitCode, all } = await execa(process.execPath, [main, 'no-such-task'], {
      all: true,
      cwd: folder,
      reject: false,
    });
    expect(exitCode).toBeGreaterThanOrEqual(25);
    expect(all).toContain('no-such-task');
  });

  test('has every verb of the command line, without node_modules', async () => {
    const entry = join(folder, 'context/bundle/holdfast.mjs');
    const { stdout } = await execa(process.execPath, [entry, '--help'], { cwd: folder });
    for (const verb of await verbNames()) expect(stdout).toContain(`\n  ${verb} `);
  });

  test('is put together for a stack that is deployed only', () => {
    const deployed = synthesizeAnew(undefined, ['orders-Host']).assembly.directory;
    expect(contextIn(deployed)).toEqual(expect.arrayContaining(CONTEXT));
    expect(contextIn(synthesize().assembly.directory)).not.toContain('bundle/main.mjs');
  });
});
