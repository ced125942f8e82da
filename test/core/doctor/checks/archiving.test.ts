import { describe, expect, test } from 'vitest';
import type { RecoveryWindow } from '../../../../lib/core/catalog/recovery-window.ts';
import type { Facts } from '../../../../lib/core/doctor/facts.ts';
import type { ServerDescription } from '../../../../lib/core/ports/cluster-server.ts';
import { before, judged, NOW } from '../seen-facts.ts';
import { NEVER_ARCHIVED } from '../../../support/archiver-state.ts';

const MIB = 1024 ** 2;
describe('the archiver', () => {
  test.each([
    [{}, 'warn'],
    [{ lastArchivedAt: before(10) }, 'ok'],
    [{ lastFailedAt: before(10) }, 'fail'],
    [{ lastArchivedAt: before(10), lastFailedAt: before(11) }, 'ok'],
    [{ lastArchivedAt: before(11), lastFailedAt: before(10) }, 'fail'],
    [{ lastArchivedAt: before(86_400) }, 'ok'],
  ])('with %j is %s', (times, status) => {
    expect(judged('archiver', { archiver: { ...NEVER_ARCHIVED, ...times } }).status).toBe(status);
  });

  test.each([
    [0, 0, 'ok'],
    [10, 300, 'ok'],
    [11, 0, 'warn'],
    [1, 301, 'warn'],
    [64, 0, 'warn'],
    [65, 0, 'fail'],
    [1, 901, 'fail'],
  ])('%i files that wait, the oldest for %i s, are %s', (ready, oldestSec, status) => {
    expect(judged('archive-queue', { queue: { ready, oldestSec } }).status).toBe(status);
  });
});

describe('the recoverable point', () => {
  const server = { segmentBytes: 16 * MIB } as ServerDescription;
  const ending = (toLsn: bigint): Facts['windows'] => [
    { timeline: 1, toLsn, toTime: NOW } as unknown as RecoveryWindow,
  ];
  const writer = undefined;

  test.each([
    [0, 'ok'],
    [32 * MIB, 'ok'],
    [32 * MIB + 1, 'warn'],
    [1024 * MIB, 'warn'],
    [1024 * MIB + 1, 'fail'],
  ])('that is %i bytes behind is %s', (lag, status) => {
    const facts = { server, writer, windows: ending(0n), position: BigInt(lag) };
    expect(judged('recoverable-point', facts).status).toBe(status);
  });

  test('ahead of a server that was left behind is no negative lag', () => {
    const facts = { server, writer, windows: ending(9n), position: 1n };
    expect(judged('recoverable-point', facts).saw).toMatch(/^0 B behind/);
  });

  test('that is not there fails, and a backup mends it', () => {
    const facts = { server, writer, windows: [], position: 1n };
    expect(judged('recoverable-point', facts)).toMatchObject({
      status: 'fail',
      fix: 'holdfast backup',
    });
  });
});
