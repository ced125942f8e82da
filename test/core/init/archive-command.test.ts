import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ARCHIVE_SCRIPT, archiveCommand } from '../../../lib/core/init/archive-command.ts';
import { quoteForShell } from '../../../lib/core/shell/shell-word.ts';
import { temporaryFolder } from '../../support/folders.ts';

const SEGMENT = '000000010000000000000002';
/** Ends each argument with a mark of its own, because paths hold blanks. */
const SCRIPT = `printf '%s|' "$1" "$2"; exit 0\n`;

/** What a shell or PostgreSQL could take for more than a letter, and letters. */
const hostileNames = fc
  .array(
    fc.constantFrom(
      ...' \'"`$%\\;&|<>()*?[]{}!#~=\t\v\u00A0éž中'.split(''),
      '$(touch x)',
      '`id`',
      '%f',
      '%p',
      '%%',
      "'; exit 9; '",
      'plain',
      '.',
      '-',
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))
  .filter((name) => !['.', '..'].includes(name));

/** As PostgreSQL's archiver makes the command that it hands to the shell. */
function expandAsPostgres(command: string): string {
  return command.replaceAll(/%(.)/gs, (whole, letter: string) => {
    if (letter === 'f') return SEGMENT;
    if (letter === 'p') return `pg_wal/${SEGMENT}`;
    return letter === '%' ? '%' : whole;
  });
}

describe('archiveCommand', () => {
  test('hands the script exactly its spool and the name, whatever the path looks like', async () => {
    const root = await temporaryFolder();
    fc.assert(
      fc.property(hostileNames, (name) => {
        const spool = join(root, name);
        mkdirSync(spool, { recursive: true });
        writeFileSync(join(spool, ARCHIVE_SCRIPT), SCRIPT);
        const command = expandAsPostgres(archiveCommand(`${root}/${name}`));
        const output = execFileSync('/bin/sh', ['-c', command], { cwd: root, encoding: 'utf8' });
        rmSync(spool, { recursive: true });
        expect(output).toBe(`${root}/${name}|${SEGMENT}|`);
      }),
      { numRuns: 150 },
    );
  });

  test('fails when the script says nothing of success', async () => {
    const spool = await temporaryFolder();
    writeFileSync(join(spool, ARCHIVE_SCRIPT), '');
    const command = expandAsPostgres(archiveCommand(spool));
    expect(() => execFileSync('/bin/sh', ['-c', command])).toThrow(
      expect.objectContaining({ status: 1 }),
    );
  });

  test.each(['relative/path', '', '/with\nline', '/with\rreturn', '/with\0nothing'])(
    'refuses %j',
    (spool) => {
      expect(() => archiveCommand(spool)).toThrow(
        expect.objectContaining({ code: 'CONFIG-INVALID' }),
      );
    },
  );
});

describe('quoteForShell', () => {
  test('makes one word of any text', () => {
    fc.assert(
      fc.property(hostileNames, (text) => {
        const command = `printf '%s|' ${quoteForShell(text)}`;
        expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' })).toBe(`${text}|`);
      }),
      { numRuns: 50 },
    );
  });
});
