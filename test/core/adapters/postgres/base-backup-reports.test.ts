import { describe, expect, test } from 'vitest';
import {
  baseBackupReports,
  isChecksumError,
} from '../../../../lib/core/adapters/postgres/base-backup-reports.ts';

const TABLESPACES = [{ oid: '16500', location: '/mnt/my disk' }];

function report(routine: string, message: string, sqlState = '01000') {
  return { severity: 'WARNING', sqlState, message, hint: undefined, routine };
}

function outcomeOf(routine: string, messages: readonly string[]) {
  const reports = baseBackupReports(TABLESPACES);
  for (const message of messages) reports.add(report(routine, message));
  return reports.outcome();
}

describe('baseBackupReports', () => {
  test('collects files with damaged pages once, whatever the server’s language', () => {
    const { checksumFailures } = outcomeOf('sendFile', [
      'checksum verification failed in file "./base/5/16384", block 0: calculated AB but expected CD',
      'file "./base/5/16384" has a total of 2 checksum verification failures',
      'Prüfsummenprüfung fehlgeschlagen in Datei »./global/1262«, Block 0',
      'в файле "./base/5/16384.2", блоке 3',
      'checksum verification failed in file "/mnt/my disk/PG_15_202209061/5/16501_vm", block 3',
    ]);
    expect(checksumFailures).toEqual([
      'base/5/16384',
      'global/1262',
      'base/5/16384.2',
      'pg_tblspc/16500/PG_15_202209061/5/16501_vm',
    ]);
  });

  test('collects paths that were left out', () => {
    const { skipped, checksumFailures } = outcomeOf('sendDir', [
      'skipping special file "./pg_hba.conf"',
      'überspringe besondere Datei »./conf.d/my file.conf«',
      'fichier spécial « ./log » ignoré',
      'skipping special file "./base/5/16384"',
    ]);
    expect(skipped.slice(0, 2)).toEqual(['pg_hba.conf', 'conf.d/my file.conf']);
    expect(skipped[2]).toMatch(/^log/);
    expect(skipped[3]).toBe('base/5/16384');
    expect(checksumFailures).toEqual([]);
  });

  test('keeps a bounded number of each', () => {
    const messages = Array.from({ length: 5_000 }, (_, i) => `in file "./base/5/${i}"`);
    expect(outcomeOf('sendFile', messages).checksumFailures.length).toBe(1_000);
    expect(outcomeOf('sendDir', messages).skipped.length).toBe(1_000);
  });
});

describe('isChecksumError', () => {
  test('tells the error that ends a whole copy from others of its kind', () => {
    expect(isChecksumError(report('perform_base_backup', 'x', 'XX001'))).toBe(true);
    expect(isChecksumError(report('sendFile', 'x', 'XX001'))).toBe(false);
    expect(isChecksumError(report('perform_base_backup', 'x', 'XX000'))).toBe(false);
  });
});
