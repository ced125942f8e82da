import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readMessages } from '../../../../lib/core/adapters/postgres/base-backup-messages.ts';

async function read(lines: readonly string[]): ReturnType<typeof readMessages> {
  return readMessages(Readable.from(lines.map((line) => `${line}\n`)));
}

describe('readMessages', () => {
  test('tells a checksum error from others, and the files', async () => {
    const messages = await read([
      'WARNING:  checksum verification failed in file "./base/5/16384", block 0: calculated AB but expected CD',
      'WARNING:  checksum verification failed in file "./base/5/16384.2", block 1: calculated AB but expected CD',
      'WARNING:  file "./base/5/16384" has a total of 2 checksum verification failures',
      'pg_basebackup: error: checksum error occurred',
    ]);
    expect(messages.hasChecksumError).toBe(true);
    expect(messages.dataFiles).toEqual(['base/5/16384', 'base/5/16384.2']);
  });

  test('finds the files whatever the server’s language', async () => {
    const { dataFiles } = await read([
      'WARNUNG:  Prüfsummenprüfung fehlgeschlagen in Datei »./global/1262«, Block 0',
      'ПРЕДУПРЕЖДЕНИЕ:  в файле "./pg_tblspc/16500/PG_15_202209061/5/16501_vm", блоке 3',
    ]);
    expect(dataFiles).toEqual(['global/1262', 'pg_tblspc/16500/PG_15_202209061/5/16501_vm']);
  });

  test('keeps the last lines only, in order', async () => {
    const { lastLines, hasChecksumError } = await read(
      Array.from({ length: 5_000 }, (_, i) => `line ${i}`),
    );
    expect(lastLines).toEqual(Array.from({ length: 8 }, (_, i) => `line ${4_992 + i}`));
    expect(hasChecksumError).toBe(false);
  });
});
