import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ABSENT_CHECKS } from '../../lib/core/health/absent-checks.ts';
import { ALL_CHECKS } from '../../lib/core/health/all-checks.ts';
import { compareIds } from '../../lib/core/health/report.ts';
import { sectionOf } from '../support/markdown-commands.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HEALTH = readFileSync(join(ROOT, 'docs/health.md'), 'utf8');

/** The rows of the tables of a section, as they stand there, without their heads. */
function rowsOf(heading: string): readonly string[] {
  return sectionOf(HEALTH, heading)
    .split('\n')
    .filter((line) => /^\| [A-Z]\d/.test(line));
}

test('docs/health.md has the row of every check, and no other', () => {
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);
  const checks = ALL_CHECKS.toSorted((a, b) => compareIds(a.id, b.id)).map(
    ({ id, name, group, about, needs }) =>
      `| ${id} | ${name} | ${group} | ${cell(about)} | ${cell(needs)} |`,
  );
  const absent = ABSENT_CHECKS.map(({ id, why }) => `| ${id} | ${why} |`);
  expect(rowsOf('The checks')).toEqual([...checks, ...absent]);
});
