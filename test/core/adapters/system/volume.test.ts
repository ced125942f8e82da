import { statfs } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { volumeOf } from '../../../../lib/core/adapters/system/volume.ts';
import { temporaryFolder } from '../../../support/folders.ts';

describe('volumeOf', () => {
  test('gives the share of a file system that is left', async () => {
    const folder = await temporaryFolder();
    const { bavail, blocks } = await statfs(folder);
    const percent = await volumeOf(folder).freePercent();
    expect(percent).toBeGreaterThanOrEqual((bavail / blocks) * 100 - 1);
    expect(percent).toBeLessThanOrEqual(100);
  });

  test('fails when the directory is not there, and when nobody wants it any more', async () => {
    await expect(volumeOf('/nonexistent').freePercent()).rejects.toMatchObject({ code: 'ENOENT' });
    const signal = AbortSignal.abort(new RangeError('enough'));
    await expect(volumeOf('/').freePercent({ signal })).rejects.toThrow('enough');
  });
});
