import { describe, expect, test } from 'vitest';
import { proveOrigin } from '../../../lib/core/backup/control-file.ts';
import { readTarMembers } from '../../../lib/core/tar/tar-members.ts';
import { chunked, tarOf } from '../tar/tar-samples.ts';

const IDENTIFIER = 0xfedc_ba98_7654_3210n;

function control(identifier: bigint): { path: string; content: Buffer } {
  const content = Buffer.alloc(8_192);
  content.writeBigUInt64LE(identifier);
  return { path: 'global/pg_control', content };
}

const OTHER = { path: 'base/5/1', content: Buffer.alloc(100, 9) };

async function prove(files: readonly { path: string; content: Buffer }[]): Promise<number> {
  const events = readTarMembers(chunked(tarOf(files), [3]));
  return (await Array.fromAsync(proveOrigin(events, String(IDENTIFIER)))).length;
}

describe('proveOrigin', () => {
  test('passes every event of the right cluster on', async () => {
    const files = [OTHER, control(IDENTIFIER)];
    const bare = await Array.fromAsync(readTarMembers(chunked(tarOf(files), [3])));
    expect(await prove(files)).toBe(bare.length);
  });

  test('refuses the copy of another cluster', async () => {
    await expect(prove([OTHER, control(IDENTIFIER + 1n)])).rejects.toMatchObject({
      code: 'WAL-IDENTITY',
    });
  });

  test('refuses a copy without a control file', async () => {
    await expect(prove([OTHER])).rejects.toMatchObject({ code: 'BACKUP-TAR' });
  });
});
