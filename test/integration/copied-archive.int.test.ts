import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBackupRecord } from '../../lib/core/catalog/read-backups.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { ExpiryTag } from '../../lib/core/contract/key-layout.ts';
import {
  type OperatorCluster,
  ownFolder,
  startOperatorCluster,
} from '../bin/cli/operator-cluster.ts';
import { failureOf, runHere, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';
import { copyObject, makeTestStore } from '../support/test-store.ts';

/** What a person is told of a store. */
interface Said {
  readonly list: {
    readonly backups: readonly { readonly id: string; readonly restorable: boolean }[];
    readonly incomplete: readonly { readonly id: string; readonly code: string }[];
  };
  readonly windows: readonly unknown[];
}

const SEED = chooseSeed();

let cluster: OperatorCluster;
let keys: readonly string[];
/** Everything without which the backup is not whole, and what it needs besides to be restored. */
let parts: readonly string[];
let wal: readonly string[];

beforeAll(async () => {
  cluster = await startOperatorCluster();
  const { store } = cluster.protected;
  const { lineage, backup } = cluster;
  const heads = await Array.fromAsync(store.list(''));
  // A folder keeps leases in a way of its own; nobody reads them here.
  keys = heads.map(({ key }) => key).filter((key) => !key.includes('/lease/'));
  const of = lineage.keys.backup(backup.id);
  const record = await readBackupRecord(store, lineage, backup.id);
  parts = [of.record, of.manifest, ...record.parts.map(({ name }) => `${of.prefix}${name}`)];
  wal = keys.filter((key) => {
    const [, name = ''] = /^([0-9A-F]{24})\.zst$/.exec(basename(key)) ?? [];
    return name >= backup.startSegment && name <= backup.stopSegment;
  });
  expect(wal.length).toBeGreaterThan(0);
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function ask(url: string): Promise<Said> {
  const place = ['--store', url, '--cluster', 'orders', '--json'];
  const [list, windows] = [await runHere(['list', ...place]), await runHere(['windows', ...place])];
  expect([list.exitCode, list.stderr, windows.exitCode, windows.stderr]).toEqual([0, '', 0, '']);
  return {
    list: JSON.parse(list.stdout) as Said['list'],
    windows: (JSON.parse(windows.stdout) as Pick<Said, 'windows'>).windows,
  };
}

/** What has to be said of a copy that has only `there` by now. */
async function expectTruth(copy: { readonly url: string }, there: Set<string>): Promise<void> {
  const { lineage, backup } = cluster;
  const place = ['--store', copy.url, '--cluster', 'orders'];
  if (!there.has(lineage.keys.identity)) {
    const { code, hasHint } = failureOf(await runHere(['list', ...place]));
    expect({ code, hasHint }).toEqual({ code: 'STORE-ABSENT', hasHint: true });
    return;
  }
  const { list, windows } = await ask(copy.url);
  const isWhole = parts.every((key) => there.has(key));
  const restorable = isWhole && wal.every((key) => there.has(key));
  const listed = list.backups.map((one) => ({ id: one.id, restorable: one.restorable }));
  expect(listed).toEqual(isWhole ? [{ id: backup.id, restorable }] : []);
  const begun = parts.some((key) => there.has(key));
  const hasRecord = there.has(lineage.keys.backup(backup.id).record);
  const code = hasRecord ? 'STORE-ABSENT' : 'BACKUP-FAILED';
  const incomplete = list.incomplete.map((one) => ({ id: one.id, code: one.code }));
  expect(incomplete).toEqual(begun && !isWhole ? [{ id: backup.id, code }] : []);
  expect(windows.length > 0).toBe(restorable);
}

function shuffled(seed: number): readonly string[] {
  const random = seededRandom(seed);
  const rows = keys.map((key) => ({ key, at: random() }));
  return rows.sort((one, other) => one.at - other.at).map(({ key }) => key);
}

/** As S3 replicates: it keeps no order, and copies neither tags nor delete markers here. */
describe('a copy of the archive in another bucket, whose objects arrive in any order', () => {
  const orders = [
    { order: 'the record first', inOrder: () => [...keys].sort(recordFirst) },
    { order: `shuffled by ${SEED}`, inOrder: () => shuffled(SEED) },
    { order: `shuffled by ${SEED + 1}`, inOrder: () => shuffled(SEED + 1) },
  ];

  function recordFirst(one: string, other: string): number {
    const { identity } = cluster.lineage.keys;
    const rank = (key: string): number =>
      key === identity ? 0 : key.endsWith('/backup.json') ? 1 : 2;
    return rank(one) - rank(other) || (one < other ? 1 : -1);
  }

  test.each(orders)('is never taken for more than it is: $order', async ({ inOrder, order }) => {
    const { directory } = await cluster.copy();
    const from = cluster.protected.store;
    const place = await ownFolder(join(directory, order.replaceAll(' ', '-')));
    await using copy = await makeTestStore({ directory: place });
    const there = new Set<string>();
    for (const key of inOrder()) {
      await copyObject(from, copy, key);
      there.add(key);
      await expectTruth(copy, there);
    }
    expect(there.size).toBe(keys.length);
  });

  test('is recovered to the very end that the archive has, and its tags do not count', async () => {
    const scene = await cluster.copy();
    const due = { [ExpiryTag.KEY]: ExpiryTag.DUE };
    for (const key of parts) await scene.store.tag(key, due);
    const place = await ownFolder(join(scene.directory, 'copied'));
    await using copy = await makeTestStore({ directory: place });
    for (const key of shuffled(SEED)) await copyObject(scene.store, copy, key);
    expect(await tagsOf(copy.store)).toEqual([]);

    const store = ['--store', copy.url, '--cluster', 'orders', '--json'];
    const verified = await runHoldfast(['verify', '--deep', ...store]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, findings: [] });
    const end = async (from: readonly string[], name: string): Promise<unknown> => {
      const into = ['--to', 'latest', '--data-dir', join(scene.directory, name), '--execute'];
      const ending = await runHoldfast(['recover', ...from, ...into, '--json']);
      expect(ending).toMatchObject({ exitCode: 0 });
      const { backupId, timeline, reachedLsn, reachedTime } = JSON.parse(ending.stdout) as Record<
        string,
        unknown
      >;
      return { backupId, timeline, reachedLsn, reachedTime };
    };
    const reached = await end(store.slice(0, -1), 'from-copy');
    expect(reached).toEqual(await end(scene.place, 'from-archive'));
    expect(reached).toMatchObject({ backupId: cluster.backup.id });
  });

  async function tagsOf(store: ObjectStore): Promise<readonly string[]> {
    const tagged: string[] = [];
    for (const key of parts) {
      if (Object.keys(await store.tags(key)).length > 0) tagged.push(key);
    }
    return tagged;
  }
});
