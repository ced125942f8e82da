import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { openObjectStore } from '../../../lib/core/adapters/store/open-object-store.ts';
import { RetentionPolicy } from '../../../lib/core/config/retention-policy.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { planAfresh } from '../../../lib/core/retention/plan-afresh.ts';
import { RetentionPlan } from '../../../lib/core/retention/retention-plan.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { claimTestLineage, putSegment, segment } from '../../support/wal-fixture.ts';
import { type Ending, failureOf, runHere } from './run-holdfast.ts';

const DAY_MS = 86_400_000;
const POLICY = RetentionPolicy.parse({ daily: 0, weekly: 0, monthly: 0, minBackups: 1 });

let url: string;
let store: ObjectStore;
let lineage: Lineage;

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS);
}

beforeEach(async () => {
  url = `file://${await temporaryFolder()}`;
  store = await openObjectStore(url);
  lineage = await claimTestLineage(store);
  for (let number = 1; number <= 6; number += 1) await putSegment(store, lineage, segment(number));
  await putBackup(store, lineage, { start: 2, finishedAt: daysAgo(90) });
  await putBackup(store, lineage, { start: 4, finishedAt: daysAgo(60) });
  await age(60);
});

/** A folder says by its files' own times when objects came. */
async function age(days: number, below = ''): Promise<void> {
  const root = join(fileURLToPath(url), below);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) await utimes(path, daysAgo(days), daysAgo(days));
  }
}

async function retention(...words: readonly string[]): Promise<Ending> {
  const place = ['--store', url, '--cluster', 'orders', '--policy', JSON.stringify(POLICY)];
  return runHere(['retention', ...place, ...words]);
}

async function planned(days: number): Promise<RetentionPlan> {
  const plan = await planAfresh({ store, lineage, policy: POLICY, now: daysAgo(days) });
  await putRecord(store, lineage.keys.retention.plan(plan.id), RetentionPlan, plan, { epoch: 0 });
  await age(days, lineage.keys.retention.planPrefix);
  return plan;
}

async function segments(): Promise<readonly string[]> {
  const heads = await Array.fromAsync(store.list(lineage.keys.walPrefix));
  return heads.map(({ key }) => key.slice(-28, -4));
}

describe('holdfast retention --execute', () => {
  test('writes the first plan down, and says when something can go', async () => {
    const { exitCode, stdout } = await retention('--execute', '--json');
    expect(exitCode).toBe(0);
    const { id, applied } = JSON.parse(stdout);
    expect(applied).toMatchObject({ agreedWith: null, taggedObjects: 0, isComplete: true });
    expect(await store.head(lineage.keys.retention.plan(id))).toBeDefined();
    expect((await retention()).stderr).toContain('Nothing was changed');
  });

  test('hides what a plan of a week ago lets go as well', async () => {
    const older = await planned(8);
    const { stdout } = await retention('--execute', '--json');
    const { applied } = JSON.parse(stdout);
    expect(applied).toMatchObject({
      agreedWith: older.id,
      backups: [older.backups[0]?.id],
      wal: [{ first: segment(1), last: segment(3) }],
      taggedObjects: 7,
    });
    expect(await segments()).toEqual([4, 5, 6].map((number) => segment(number)));
    const hidden = await Array.fromAsync(store.hidden(lineage.keys.prefix));
    expect(hidden).toHaveLength(7);
  });

  test('lets nothing go by a plan that only says that it is a week old', async () => {
    await planned(8);
    await age(1, lineage.keys.retention.planPrefix);
    const { stdout } = await retention('--execute', '--json');
    expect(JSON.parse(stdout).applied).toMatchObject({ agreedWith: null, taggedObjects: 0 });
    expect(await segments()).toHaveLength(6);
  });

  test('tells a person what went, and how it comes back', async () => {
    const older = await planned(8);
    const { stdout } = await retention('--execute');
    expect(stdout).toContain(`of 1 backup and 1 range of WAL that plan ${older.id} lets go`);
    expect(stdout).toContain('holdfast undelete');
  });
});

describe('holdfast retention --undo', () => {
  test('lets no plan up to now count, and has nothing to undo after that', async () => {
    await planned(8);
    const words = ['--undo', '--reason', 'a mistake'];
    const { exitCode, stdout } = await retention(...words, '--json');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { plans: [expect.any(String)] }]);
    expect(
      JSON.parse((await retention('--execute', '--json')).stdout).applied.agreedWith,
    ).toBeNull();
    expect(await segments()).toHaveLength(6);
    await retention(...words);
    expect(failureOf(await retention(...words))).toEqual({
      exitCode: 123,
      code: 'RETENTION-PLAN',
      hasHint: true,
    });
  });

  test('asks for a reason, and does not go with --execute', async () => {
    expect((await retention('--undo')).exitCode).toBe(2);
    expect((await retention('--undo', '--reason', 'r', '--execute')).exitCode).toBe(2);
  });
});
