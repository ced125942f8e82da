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

/** What a person is told of a store, or why not. */
type Said =
  | { readonly code: string | undefined; readonly hasHint: boolean }
  | {
      readonly backups: readonly { readonly id: string; readonly restorable: boolean }[];
      readonly incomplete: readonly { readonly id: string; readonly code: string }[];
      readonly hasWindow: boolean;
    };

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
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function said(url: string): Promise<Said> {
  const place = ['--store', url, '--cluster', 'orders', '--json'];
  const [list, windows] = [await runHere(['list', ...place]), await runHere(['windows', ...place])];
  if (list.exitCode !== 0) {
    const { code, hasHint } = failureOf(list);
    return { code, hasHint };
  }
  const { backups, incomplete } = JSON.parse(list.stdout) as Exclude<Said, { code: unknown }>;
  const found = JSON.parse(windows.stdout) as { readonly windows: readonly unknown[] };
  return {
    backups: backups.map(({ id, restorable }) => ({ id, restorable })),
    incomplete: incomplete.map(({ id, code }) => ({ id, code })),
    hasWindow: found.windows.length > 0,
  };
}

/** What has to be said of a copy that has only `there` by now. */
function truth(there: ReadonlySet<string>): Said {
  const { lineage, backup } = cluster;
  const { id } = backup;
  if (!there.has(lineage.keys.identity)) return { code: 'STORE-ABSENT', hasHint: true };
  const isWhole = parts.every((key) => there.has(key));
  const restorable = isWhole && wal.every((key) => there.has(key));
  const hasBegun = parts.some((key) => there.has(key));
  const hasRecord = there.has(lineage.keys.backup(id).record);
  const code = hasRecord ? 'STORE-ABSENT' : 'BACKUP-FAILED';
  return {
    backups: isWhole ? [{ id, restorable }] : [],
    incomplete: hasBegun && !isWhole ? [{ id, code }] : [],
    hasWindow: restorable,
  };
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
      expect(await said(copy.url)).toEqual(truth(there));
    }
    expect([there.size, wal.length > 0]).toEqual([keys.length, true]);
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
