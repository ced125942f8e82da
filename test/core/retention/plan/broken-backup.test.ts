import { describe, expect, test } from 'vitest';
import type { RetentionPlan } from '../../../../lib/core/retention/retention-plan.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { BACKUP_BYTES, dailyPast, daysAgo, type Past } from './past.ts';
import { plan, going } from './planned.ts';

describe('folders without a usable backup', () => {
  const past = dailyPast(60, [40, 55]);
  const folder = {
    id: `20261001T000000Z-00000001-${segment(30)}`,
    code: 'BACKUP-FAILED' as const,
    object: 'o',
    reason: 'it has no record',
    storedBytes: BACKUP_BYTES,
    newestAt: daysAgo(2),
  };

  function planned(
    change: Partial<Omit<typeof folder, 'code'>> & { code?: string },
    more = {},
  ): {
    made: RetentionPlan;
    state: string | undefined;
    stays: boolean | undefined;
    rule: string | undefined;
  } {
    const broken = [{ ...folder, ...change } as Past['broken'][number]];
    const made = plan({ ...past, broken, ...more });
    const found = made.backups.find(({ id }) => id === broken[0]?.id);
    return { made, state: found?.state, stays: found?.stays, rule: found?.reasons[0]?.rule };
  }

  test('failed: it goes after the deadline, when no backup runs, and is told', () => {
    const found = planned({});
    expect(found).toMatchObject({ state: 'failed', stays: false, rule: 'failed-backup' });
    expect(found.made.warnings.map(({ rule }) => rule)).toEqual(['failed-backup']);
    expect(going(found.made)).toEqual(['1:1-39']);
  });

  test('running: it stays with all WAL since it began, by the lease or by its age', () => {
    const young = planned({ newestAt: daysAgo(0.9) });
    expect(young).toMatchObject({ state: 'running', stays: true, rule: 'running' });
    expect(going(young.made)).toEqual(['1:1-29']);
    const leased = planned({}, { isBackupRunning: true });
    expect(leased).toMatchObject({ state: 'running', stays: true, rule: 'running' });
  });

  test('unreadable: it stays until a person has looked', () => {
    for (const code of ['STORE-CORRUPT', 'STORE-FORMAT', 'VAULT-KEY', 'VAULT-SEALED']) {
      const found = planned({ code, newestAt: daysAgo(400) });
      expect(found).toMatchObject({ state: 'unreadable', stays: true, rule: 'unreadable' });
      expect(going(found.made)).toEqual(['1:1-29']);
    }
    const odd = planned({ code: 'STORE-CORRUPT', id: 'by-hand' });
    expect(going(odd.made)).toEqual([]);
  });

  test('fails when a record has lost its objects, and nothing explains it', () => {
    const lost = { code: 'STORE-ABSENT', newestAt: daysAgo(2) };
    expect(() => planned(lost)).toThrow(expect.objectContaining({ code: 'RETENTION-CATALOGUE' }));
    expect(planned({ ...lost, newestAt: daysAgo(0.5) })).toMatchObject({
      stays: true,
      rule: 'incomplete',
    });
    expect(planned(lost, { letGo: [folder.id] })).toMatchObject({ stays: false, rule: 'expired' });
  });
});
