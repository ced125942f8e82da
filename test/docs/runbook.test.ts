import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors/codes.ts';
import { sectionOf } from '../support/markdown-commands.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RUNBOOK = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
/** What an engineer needs to know at night, in this order. */
const QUESTIONS = ['Means', 'At stake', 'Look', 'Do', 'Fixed when'];
const MAX_LINES = 24;

/** Sections of codes are the only headings of the third level. */
const sections = new Map(
  RUNBOOK.split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const end = lines.findIndex((line) => line.startsWith('## '));
      return [heading, lines.slice(0, end === -1 ? undefined : end)] as const;
    }),
);

describe('the runbook', () => {
  test('has one section per error code, in the order of the registry, and no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(ERROR_CODES));
  });

  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s: says what the registry says', (code) => {
    const { exitCode, retryable } = ERROR_CODES[code];
    const passes = retryable ? 'may pass by itself' : 'does not pass by itself';
    expect(sections.get(code)).toContain(`*Exit ${exitCode}; ${passes}.*`);
  });

  test.each([...sections])('%s: answers every question, in short', (_, lines) => {
    const questions = lines.flatMap((line) => /^- \*\*(.+?):\*\* /.exec(line)?.[1] ?? []);
    expect(questions).toEqual(QUESTIONS);
    expect(lines.length).toBeLessThanOrEqual(MAX_LINES);
  });

  test('quotes the archive and restore scripts as they speak', () => {
    const scripts = globSync('lib/core/adapters/scripts/*.sh', { cwd: ROOT })
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
      .join('\n');
    const rows = sectionOf(RUNBOOK, "Lines in PostgreSQL's own log").matchAll(/^\| (`.+?`) \|/gm);
    const quotes = [...rows].flatMap(([, cell = '']) => cell.slice(1, -1).split('`, `'));
    expect(quotes.length).toBeGreaterThan(0);
    expect(quotes.filter((quote) => !scripts.includes(quote.replace('…', '')))).toEqual([]);
  });
});
