import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../../lib/core/errors/codes.ts';
import { isOpsError } from '../../../../lib/core/errors/ops-error.ts';
import {
  planUpgrade,
  type UpgradeFacts,
  type UpgradeRequest,
} from '../../../../lib/core/host/upgrade/plan-upgrade.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const CONTROL = {
  systemIdentifier: '7300000000000000001',
  major: 17,
  state: 'shut down',
  timeline: 3,
  checkpointLsn: 0x3000028n,
  redoLsn: 0x3000028n,
  minRecoveryEndLsn: 0n,
  segmentBytes: 16 * MIB,
  checksums: true,
  limits: {},
};
const FACTS: UpgradeFacts = {
  dataDirectory: '/srv/pgdata',
  control: CONTROL,
  taken: [],
  dataBytes: 10 * GIB,
  freeBytes: 11 * GIB,
  waitingSegments: 0,
};
const REQUEST: UpgradeRequest = { to: 18, mode: 'copy', user: 'postgres', jobs: 2, settings: {} };

/** Why a plan is refused. */
function refusalOf(facts: Partial<UpgradeFacts>, request: Partial<UpgradeRequest> = {}): string {
  try {
    planUpgrade({ ...FACTS, ...facts }, { ...REQUEST, ...request });
    return 'not at all';
  } catch (error) {
    if (!isOpsError(error)) throw error;
    return `${error.code satisfies ErrorCode}: ${error.message}`;
  }
}

describe('a plan of an upgrade', () => {
  test.each([
    [true, 18, '--data-checksums'],
    [false, 18, '--no-data-checksums'],
    [true, 17, '--data-checksums'],
    [false, 17, undefined],
  ])('makes the new cluster with the checksums of the old one: %s in %s', (checksums, to, word) => {
    const control = { ...CONTROL, major: 15, checksums };
    const { initdbArguments } = planUpgrade({ ...FACTS, control }, { ...REQUEST, to });
    expect(initdbArguments.find((each) => each.endsWith('data-checksums'))).toBe(word);
  });

  test('gives it segments of the same size, whatever that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), (power) => {
        const control = { ...CONTROL, segmentBytes: 2 ** power * MIB };
        const { initdbArguments } = planUpgrade({ ...FACTS, control }, REQUEST);
        expect(initdbArguments).toContain(`--wal-segsize=${2 ** power}`);
      }),
    );
  });

  test('lets somebody raise what a large schema takes, and archives nothing meanwhile', () => {
    const settings = { max_locks_per_transaction: '9000' };
    const { oldSettings, newSettings } = planUpgrade(FACTS, { ...REQUEST, settings });
    expect(oldSettings).toMatchObject({ archive_command: '/bin/false', ...settings });
    expect(newSettings).toMatchObject(settings);
  });

  test.each([
    ['shut down in recovery', 'PG-DATA-DIR'],
    ['in production', 'PG-DATA-DIR'],
    ['in crash recovery', 'PG-DATA-DIR'],
  ])('refuses a server that ended as "%s"', (state, code) => {
    expect(refusalOf({ control: { ...CONTROL, state } })).toContain(`${code}: the server of`);
  });

  test.each([17, 16])('refuses %s, which is no newer version', (to) => {
    expect(refusalOf({}, { to })).toContain('PG-VERSION');
  });

  test.each(['/srv/pgdata.18', '/srv/pgdata.17'])('refuses while %s is there', (path) => {
    expect(refusalOf({ taken: [path] })).toBe(`PG-DATA-DIR: ${path} is there already`);
  });

  test('refuses what does not fit, by the byte', () => {
    const { neededBytes } = planUpgrade(FACTS, REQUEST);
    expect(refusalOf({ freeBytes: neededBytes })).toBe('not at all');
    expect(refusalOf({ freeBytes: neededBytes - 1 })).toContain(
      `RESTORE-SPACE: /srv/pgdata has no room beside it for the upgrade: 1 of ${neededBytes}`,
    );
    expect(refusalOf({ freeBytes: GIB }, { mode: 'link' })).toBe('not at all');
  });

  test('says what is lost: the way back, WAL that nobody has, statistics', () => {
    const notes = (facts: Partial<UpgradeFacts>, request: Partial<UpgradeRequest>): string =>
      planUpgrade({ ...FACTS, ...facts }, { ...REQUEST, ...request }).notes.join('\n');
    expect(notes({}, {})).toBe(
      'settings stay behind, those of ALTER SYSTEM too: they lie in the directory that is set aside',
    );
    expect(notes({}, { mode: 'link' })).toContain('no way back');
    expect(notes({ waitingSegments: 3 }, {})).toContain('segments that were not archived: 3');
    const control = { ...CONTROL, major: 15 };
    expect(notes({ control }, { to: 17 })).toContain('vacuumdb --all --analyze-in-stages');
  });
});
