import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../lib/core/adapters/system/clock.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import {
  awaitPromotion,
  type ReplayingServer,
} from '../../../../lib/core/restore/replay/await-promotion.ts';

const KNOWN = '2026-11-22 04:06:47.064 UTC [7] FATAL:  invalid checkpoint record\n';
const CUT = '2026-11-22 04:06:47.064 UTC [7] FATAL:  inval';

/** What a server that has ended is said to have ended of, by its log and the room on its disk. */
async function codeOf(log: string, isFull: boolean): Promise<unknown> {
  const ending = { exitCode: 1, signal: undefined };
  const replaying = {
    clock: systemClock,
    patienceMs: 1_000,
    meter: { advance: () => undefined },
    wal: { failure: () => undefined, calls: () => 0, position: () => 0 },
    server: { exited: Promise.resolve(ending), logTail: async () => log },
    directory: {
      path: '/data',
      readFile: async () => '',
      removeFile: async () => undefined,
      replaceFile: async () => {
        if (isFull) throw new OpsError('RESTORE-SPACE', 'the disk is full', { hint: 'free space' });
      },
    },
  } as unknown as ReplayingServer;
  return awaitPromotion(replaying).catch((error: unknown) => error);
}

describe('awaitPromotion, of a server that has ended', () => {
  test.each([
    ['that could not log why on a full disk', '', true, 'RESTORE-SPACE'],
    ['whose last words are cut on a full disk', CUT, true, 'RESTORE-SPACE'],
    ['that said why, on a full disk', KNOWN, true, 'RESTORE-ABORTED'],
    ['that said nothing and had room', '', false, 'RESTORE-ABORTED'],
  ])('%s', async (_, log, isFull, code) => {
    expect(await codeOf(log, isFull)).toMatchObject({ code });
  });
});
