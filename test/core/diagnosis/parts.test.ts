import { describe, expect, test } from 'vitest';
import { nextCommands } from '../../../lib/core/diagnosis/next-commands.ts';
import { attempt, faultWords, partOf, rowsOf } from '../../../lib/core/diagnosis/part.ts';
import { diskLook } from '../../../lib/core/diagnosis/parts/disk.ts';
import { horizonLook } from '../../../lib/core/diagnosis/parts/horizon.ts';
import { within } from '../../../lib/core/diagnosis/within.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const MiB = 1024 ** 2;

describe('what fills the disk', () => {
  const room = [
    { kind: 'pg_wal', name: '', bytes: 64 * MiB },
    { kind: 'slot', name: 'lost', bytes: 48 * MiB },
  ];

  test('is told with the largest databases', () => {
    const databases = ['a', 'b', 'c'].map((name) => ({ kind: 'database', name, bytes: MiB }));
    expect(diskLook(room, databases).says).toBe(
      'pg_wal 64.0 MiB, slot lost keeps 48.0 MiB of WAL, database a 1.0 MiB, database b 1.0 MiB',
    );
  });

  test('is told although the databases could not be measured in time', () => {
    expect(diskLook(room, 'canceling statement due to statement timeout').says).toContain(
      'databases not measured: canceling statement due to statement timeout',
    );
  });
});

test('nobody holds back vacuum where no row says so', () => {
  expect(horizonLook([])).toEqual({ says: 'nobody holds back vacuum' });
});

describe('the next command', () => {
  test.each([
    { id: 'XminPinned', found: { horizon: 'SELECT 1' }, next: 'SELECT 1' },
    { id: 'XminPinned', found: {}, next: 'SELECT * FROM pg_prepared_xacts' },
    { id: 'SessionsStuck', found: { blockers: 'SELECT 2' }, next: 'SELECT 2' },
    { id: 'BackupMissed', found: { blockers: 'SELECT 2' }, next: 'holdfast list' },
    { id: 'NobodyKnows', found: {}, next: 'holdfast status' },
  ])('of $id is $next', ({ id, found, next }) => {
    expect(nextCommands(`holdfast-prod-orders-${id}`, found)[0]).toBe(next);
  });

  test('of a stranger’s alarm is a look at all', () => {
    expect(nextCommands('cpu', {})).toEqual(['holdfast status']);
  });
});

describe('a part that is missing', () => {
  test('says why, without what the server quoted', async () => {
    const error = new OpsError('PG-FAILED', 'invalid input "4111" at 17');
    const outcome = await attempt(async () => Promise.reject(error));
    expect(partOf('disk', outcome)).toEqual({
      id: 'disk',
      isMissing: true,
      says: 'PG-FAILED: invalid input … at #',
      rows: [],
    });
  });

  test('says what the store says as it is', () => {
    expect(faultWords(new OpsError('STORE-ABSENT', 'no "a/1"'))).toBe('STORE-ABSENT: no "a/1"');
  });

  test('says what the server refused', () => {
    expect(rowsOf({ refused: 'right', why: 'permission denied for "x"' })).toBe(
      'permission denied for …',
    );
  });
});

describe('a look that takes too long', () => {
  test('fails as HEALTH-DIAGNOSIS, and is told to end', async () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    let ended: AbortSignal | undefined;
    const running = within(3_000, { clock, signal }, async (own) => {
      ended = own;
      return new Promise<never>(() => undefined);
    });
    const outcome = attempt(async () => running);
    await clock.advance(3_000);
    expect(await outcome).toEqual({ missing: 'HEALTH-DIAGNOSIS: no answer within 3 s' });
    expect(ended?.aborted).toBe(true);
  });
});
