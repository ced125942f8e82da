import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const LESSONS = readFileSync(join(ROOT, 'docs/lessons.md'), 'utf8');
const PROOF = /\[[^\]]+\]\(\.\.\/(test\/[^)]+\.ts)\) “([^”]+)”/g;

const rows = LESSONS.split('\n')
  .filter((line) => /^\| .* \| .* \| .* \| .* \|$/.test(line))
  .filter((line) => !/^\| (What hurt|---) /.test(line));
const proofs = [...LESSONS.matchAll(PROOF)].map(([, path = '', title = '']) => ({ path, title }));

describe('the lessons', () => {
  test('are each proven by a test', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => row.match(PROOF) === null)).toEqual([]);
  });

  test.each(proofs)('$path has a test "$title"', ({ path, title }) => {
    expect(isTitleIn(readFileSync(join(ROOT, path), 'utf8'), title)).toBe(true);
  });
});

/** Whether `title`, as it is written, is the first argument of a call that takes more. */
function isTitleIn(source: string, title: string): boolean {
  const code = source.replaceAll(/\(\s+/g, '(');
  return ["'", '"', '`'].some((quote) => code.includes(`(${quote}${title}${quote},`));
}
