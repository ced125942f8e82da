import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeOf } from '../support/markdown-commands.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const run = promisify(execFile);

const uses = ['README.md', 'docs/deploy.md', 'docs/teardown.md', 'docs/runbook.md']
  .flatMap((path) => codeOf(readFileSync(join(ROOT, path), 'utf8')))
  .flatMap((code) => [...code.matchAll(/\bcdk ([a-z]+)\b([^\n`|#]*)/g)])
  .map(([, verb = '', rest = '']) => ({ verb, options: rest.match(/(?<=\s)--?[a-z-]+/g) ?? [] }));
const verbs = [...new Set(uses.map(({ verb }) => verb))];

test('the documents use the CDK command line', () => {
  expect(verbs).toEqual(
    expect.arrayContaining(['bootstrap', 'synth', 'diff', 'deploy', 'destroy']),
  );
});

test.each(verbs)(
  'cdk %s: every option that a document names is one of this version',
  async (verb) => {
    const { stdout } = await run(process.execPath, [CDK, verb, '--help'], { cwd: ROOT });
    const named = uses.filter((use) => use.verb === verb).flatMap(({ options }) => options);
    const unknown = [...new Set(named)].filter(
      (option) => !new RegExp(`(^|[ ,])${option}[ ,\n]`, 'm').test(stdout),
    );
    expect(unknown).toEqual([]);
  },
);
