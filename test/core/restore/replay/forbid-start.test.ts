import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { forbidStart } from '../../../../lib/core/restore/replay/forbid-start.ts';

const FAILURE = new OpsError('RESTORE-MISMATCH', 'it ended elsewhere', { hint: 'see why' });

describe('forbidStart', () => {
  test('leaves the signal of a recovery, and the failure as it is', async () => {
    const written: string[] = [];
    const replaceFile = async (path: string): Promise<void> => void written.push(path);
    expect(await forbidStart({ path: '/data', replaceFile }, FAILURE)).toBe(FAILURE);
    expect(written).toEqual(['recovery.signal']);
  });

  test('tells, with the failure itself, when the directory may be startable', async () => {
    const replaceFile = async (): Promise<void> => {
      throw new OpsError('RESTORE-SPACE', 'the disk is full', { hint: 'free space' });
    };
    expect(await forbidStart({ path: '/data', replaceFile }, FAILURE)).toMatchObject({
      code: 'RESTORE-MISMATCH',
      message: 'it ended elsewhere',
      cause: FAILURE,
      hint: expect.stringMatching(/^see why; start no server on \/data/),
    });
  });
});
