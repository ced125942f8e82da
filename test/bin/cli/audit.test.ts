import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeSampleStore, type SampleStore } from '../../core/audit/sample-store.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { flipBit, removeObject } from '../../support/store-tampering.ts';
import { segment } from '../../support/wal-fixture.ts';
import { type Ending, runHere } from './run-holdfast.ts';

/** Exit status of `AUDIT-FOUND`. */
const FOUND = 93;
const CODE = 'AUDIT-FOUND';

let sample: SampleStore;
let url: string;

beforeEach(async () => {
  sample = await makeSampleStore(await temporaryFolder());
  url = pathToFileURL(sample.folder).href;
});

async function audit(...words: readonly string[]): Promise<Ending> {
  return runHere(['audit', '--store', url, '--cluster', 'orders', ...words]);
}

describe('holdfast audit', () => {
  test('prints figures of a whole archive, and keeps a record', async () => {
    const { exitCode, stdout } = await audit();
    expect(stdout).toMatch(/^recoverable +to \S+, 2026-11-22 03:00:00Z/m);
    expect(stdout).toMatch(/^backups +1 restorable$/m);
    expect(stdout).toMatch(/^Everything is in order\. Everything was listed\.$/m);
    expect(exitCode).toBe(0);
    const records = await Array.fromAsync(sample.store.list(sample.lineage.keys.auditPrefix));
    expect(records).toHaveLength(1);
  });

  test(`ends with the status of ${CODE}, and names what is gone`, async () => {
    const key = sample.lineage.keys.wal(segment(3));
    await removeObject({ url }, key);
    const { exitCode, stdout } = await audit();
    expect(stdout).toContain(`RESTORE-WAL  ${segment(3)}: `);
    expect(stdout).toContain(`STORE-ABSENT  ${key}: `);
    expect(stdout).toMatch(/^backups +0 restorable$/m);
    expect(exitCode).toBe(FOUND);
    const { stdout: json } = await audit('--json');
    expect(JSON.parse(json)).toMatchObject({
      ok: false,
      figures: { restorableBackups: 0 },
      findings: { listed: [{ code: 'RESTORE-WAL' }, { code: 'STORE-ABSENT' }] },
    });
  });

  test('reads all bytes when asked to, and names what was tampered with', async () => {
    const key = sample.lineage.keys.wal(segment(3));
    await flipBit({ url }, key);
    const { exitCode, stdout } = await audit('--hashes', 'all');
    expect(stdout).toContain(`STORE-CORRUPT  ${key}: `);
    expect(stdout).toMatch(/^bytes +all read within 0\.0 days, 1 damaged$/m);
    expect(exitCode).toBe(FOUND);
  });
});
