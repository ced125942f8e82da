import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { list } from 'tar';
import { describe, expect, test } from 'vitest';
import { textOf } from '../support/resources.ts';
import { synthesize, synthesizeAnew } from '../support/synthesis.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const { assembly, resources } = synthesize();

/** What the parameter says: where the bundle is, and its hash. */
function reference(): { readonly file: string; readonly sha256: string | undefined } {
  const parameter = resources('AWS::SSM::Parameter').find(
    ({ path }) => path === 'orders-Host/BundleParameter',
  );
  const [uri = '', sha256] = textOf(parameter?.properties['Value']).split(' ');
  return { file: `asset.${uri.slice(uri.lastIndexOf('/') + 1)}`, sha256 };
}

describe("the host's bundle", () => {
  test('has the hash that its parameter says', () => {
    const bytes = readFileSync(join(assembly.directory, reference().file));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(reference().sha256);
  });

  test('holds what is in the folder, and a boot that can be run', () => {
    const members = new Map<string, number | undefined>();
    const file = join(assembly.directory, reference().file);
    list({ file, sync: true, onReadEntry: ({ path, mode }) => members.set(path, mode) });
    const source = join(ROOT, 'lib/infra/host/bundle');
    const names = globSync('**', { cwd: source });
    expect([...members.keys()]).toEqual(
      names.filter((name) => statSync(join(source, name)).isFile()).sort(),
    );
    for (const [name, mode = 0] of members) {
      const isProgram = readFileSync(join(source, name), 'utf8').startsWith('#!');
      expect({ name, runs: (mode & 0o111) === 0o111 }).toEqual({ name, runs: isProgram });
    }
    expect(members.has('boot')).toBe(true);
  });

  test('is the same whenever it is packed', () => {
    const again = synthesizeAnew().assembly.directory;
    expect(readFileSync(join(again, 'host-bundle.tar'))).toEqual(
      readFileSync(join(assembly.directory, 'host-bundle.tar')),
    );
  });
});
