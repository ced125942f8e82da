import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { helpOf, verbNames, verbUses } from '../support/markdown-commands.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const documents = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })];

test("the README's table names every verb there is, and no other", async () => {
  const [, table = ''] = README.split('| verb | does |\n');
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(1);
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)/g)].map(([, verb]) => verb),
  );
  expect(new Set(named)).toEqual(new Set(await verbNames()));
});

test.each(documents)('%s: every verb and option it names exists', async (path) => {
  const known = await verbNames();
  const unknown: string[] = [];
  for (const { verb, options } of verbUses(readFileSync(join(ROOT, path), 'utf8'))) {
    if (!known.includes(verb)) {
      unknown.push(verb);
      continue;
    }
    const help = await helpOf([verb]);
    const wrong = options.filter((option) => !new RegExp(`${option}[ ,\n]`).test(help));
    unknown.push(...wrong.map((option) => `${verb} ${option}`));
  }
  expect(unknown).toEqual([]);
});

test('every verb that an error or a log sends an operator to exists', async () => {
  const known = await verbNames();
  const named = globSync('{bin,lib}/**/*.ts', { cwd: ROOT }).flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return [...text.matchAll(/"holdfast ([a-z-]+)[ "]/g)].map(([, verb = '']) => verb);
  });
  expect([...new Set(named)].filter((verb) => !known.includes(verb))).toEqual([]);
});
