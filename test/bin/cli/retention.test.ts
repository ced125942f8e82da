import { describe, expect, test } from 'vitest';
import { RetentionPlan } from '../../../lib/core/retention/retention-plan.ts';
import { type AgedStore, makeAgedStore } from '../../support/aged-store.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { segment } from '../../support/wal-fixture.ts';
import { type Ending, failureOf, runHere, runHoldfast } from './run-holdfast.ts';

const NOTHING = ['--daily', '0', '--weekly', '0', '--monthly', '0', '--min-backups', '1'];

/** Thirty days of WAL, and a backup on four of them. */
async function aged(): Promise<AgedStore> {
  const now = new Date();
  return makeAgedStore(await temporaryFolder(), { now, days: 30, backups: [3, 10, 18, 25] });
}

async function retention({ url }: AgedStore, ...words: readonly string[]): Promise<Ending> {
  return runHere(['retention', '--store', url, '--cluster', 'orders', ...words]);
}

describe('holdfast retention', () => {
  test('prints for a machine what stays and what may go, each with its reasons', async () => {
    const store = await aged();
    const ending = await retention(store, ...NOTHING, '--window-days', '10', '--json');
    expect(ending).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Nothing was') });
    const { format, ...document } = JSON.parse(ending.stdout) as Record<string, unknown>;
    expect(format).toBe(1);
    const plan = RetentionPlan.parse(
      JSON.parse(JSON.stringify(document), (_, value: unknown) => value ?? undefined),
    );
    const fates = plan.backups.map(({ stays, reasons }) => [stays, reasons[0]?.rule]);
    expect(fates).toEqual([
      [false, 'expired'],
      [false, 'expired'],
      [true, 'window-base'],
      [true, 'window'],
    ]);
    expect(plan.wal.map(({ first, last, stays }) => [first, last, stays])).toEqual([
      [segment(1), segment(17), false],
      [segment(18), segment(30), true],
    ]);
  });

  test('prints for a person tables, warnings and totals', async () => {
    const store = await aged();
    const { stdout } = await retention(store, '--window-days', '10', '--min-backups', '9');
    const ids = store.backups.map(({ id }) => id);
    for (const id of ids) expect(stdout).toMatch(new RegExp(`^${id} +restorable .* stays `, 'm'));
    expect(stdout).toMatch(new RegExp(`^${segment(1)} +${segment(2)} +2 .*MAY GO +expired: `, 'm'));
    expect(stdout).toMatch(/^few-backups: 4 restorable backups, the policy wants at least 9$/m);
    expect(stdout).toMatch(/^Stays: 4 backups and \d+ segments, /m);
    expect(stdout).toMatch(/^May go: 0 backups and \d+ segments, /m);
  });

  test('takes its policy from the environment, options before it', async () => {
    const { url } = await aged();
    const words = ['retention', '--store', url, '--cluster', 'orders', '--json'];
    const env = { HOLDFAST_RETENTION: '{"windowDays": 20, "timeZone": "Europe/Berlin"}' };
    const { stdout } = await runHoldfast([...words, '--daily', '3'], { env });
    expect(JSON.parse(stdout)).toMatchObject({
      policy: { windowDays: 20, daily: 3, timeZone: 'Europe/Berlin' },
    });
  });

  test.each([
    [['--window-days', '0']],
    [['--time-zone', 'Europe/Springfield']],
    [['--policy', '{']],
    [['--window-days', '1', '--failed-after-hours', '48']],
    [['--max-bytes', '5', '--shorten', 'yearly']],
  ])('fails when the policy contradicts itself, before a store is opened: %j', async (words) => {
    const place = ['--store', 'file:///nowhere', '--cluster', 'orders'];
    const ending = await runHere(['retention', ...place, ...words]);
    expect(failureOf(ending)).toEqual({ exitCode: 118, code: 'RETENTION-POLICY', hasHint: true });
  });
});
