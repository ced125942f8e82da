import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { ERROR_CODES } from '../../lib/core/errors/codes.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import {
  type OperatorCluster,
  type Scene,
  startOperatorCluster,
} from '../bin/cli/operator-cluster.ts';
import { attempt, type Refusal, refusedWith } from '../bin/cli/refusal.ts';
import { failureOf, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { flipBit, makeGap, removeObject, rewriteRecord } from '../bin/cli/store-damage.ts';

let cluster: OperatorCluster;

beforeAll(async () => {
  cluster = await startOperatorCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const verbs: readonly (readonly string[])[] = [['list'], ['verify', '--deep']];

function recoverTo(target: string, ...more: readonly string[]): Refusal['words'] {
  return ({ dataDirectory }) => ['recover', '--to', target, '--data-dir', dataDirectory, ...more];
}

describe('a store that cannot be used', () => {
  test.each<Refusal>([
    ...verbs.map((words): Refusal => ({
      what: `${words.join(' ')} of an unknown cluster`,
      words: () => [...words, '--cluster', 'nobody'],
      code: 'CATALOG-CLUSTER',
    })),
    {
      what: 'a folder that does not exist',
      words: ({ directory }) => ['list', '--store', `file://${directory}/nowhere`],
      code: 'STORE-MISSING',
    },
    {
      what: 'a URL of another scheme',
      words: () => ['list', '--store', 'http://localhost/store'],
      code: 'STORE-URL',
    },
    { what: 'a relative path', words: () => ['list', '--store', 'store'], code: 'STORE-URL' },
    {
      what: 'an unknown lineage',
      words: () => ['list', '--lineage', '7400000000000000001-15'],
      code: 'CATALOG-LINEAGE',
    },
    {
      what: 'several lineages, none of them named',
      prepare: async ({ store, lineage }) =>
        claimLineage(store, { ...lineage.identity, major: 99 }, { allowNew: true }),
      words: () => ['windows'],
      code: 'CATALOG-LINEAGE',
    },
    {
      what: 'an identity record that is damaged',
      prepare: async (scene) => flipBit(scene, scene.lineage.keys.identity),
      words: () => ['status'],
      code: 'STORE-CORRUPT',
    },
    {
      what: 'an identity record of a newer format',
      prepare: async (scene) =>
        rewriteRecord(scene, scene.lineage.keys.identity, (record) => ({ ...record, format: 2 })),
      words: () => ['list'],
      code: 'STORE-FORMAT',
    },
    {
      what: 'a damaged history of the timeline that is wanted',
      prepare: async (scene) => {
        const key = scene.lineage.keys.wal('00000002.history');
        await putSealed(scene.store, key, Buffer.from('1\t0/3000000\tbranched\n'), { epoch: 1 });
        await flipBit(scene, key);
      },
      words: recoverTo('latest', '--timeline', '2'),
      code: 'RESTORE-TARGET',
    },
    {
      what: 'a damaged record of the writer',
      prepare: async (scene) => flipBit(scene, scene.lineage.keys.writer(1)),
      words: recoverTo('latest'),
      code: 'STORE-CORRUPT',
    },
  ])('$what: $code', async (refusal) => {
    expect(await attempt(cluster, refusal)).toEqual(refusedWith(refusal.code));
  });

  test('one that this account may not read: STORE-DENIED', async () => {
    const scene = await cluster.copy();
    const before = await scene.hash();
    const owner = serverOwner();
    // Root may read everything, so another account asks; else the folder is closed for a moment.
    const mode = owner === undefined ? 0 : 0o700;
    await chmod(scene.storeDirectory, mode);
    onTestFinished(async () => chmod(scene.storeDirectory, 0o700));
    const ending = await runHoldfast(['list', ...scene.place], { owner });
    await chmod(scene.storeDirectory, 0o700);
    const code = 'STORE-DENIED';
    expect(failureOf(ending)).toEqual({
      exitCode: ERROR_CODES[code].exitCode,
      code,
      hasHint: true,
    });
    expect(await scene.hash()).toBe(before);
  });

  test('a URL with credentials: STORE-URL, and nothing of them is repeated', async () => {
    const url = 's3://AKIAEXAMPLE:hunter2@bucket/prefix';
    const ending = await runHoldfast(['list', '--json', '--cluster', 'orders', '--store', url]);
    expect(failureOf(ending).code).toBe('STORE-URL');
    expect(ending.stdout + ending.stderr).not.toMatch(/hunter2|AKIAEXAMPLE/);
  });
});

describe('verify', () => {
  test.each<Refusal & { readonly object: (scene: Scene) => string }>([
    {
      what: 'a damaged part',
      object: ({ lineage, backup }) => lineage.keys.backup(backup.id).part(1),
      prepare: async (scene) => flipBit(scene, scene.lineage.keys.backup(scene.backup.id).part(1)),
      words: () => ['verify', '--deep'],
      code: 'STORE-CORRUPT',
    },
    {
      what: 'a damaged segment',
      object: ({ lineage, segments }) => lineage.keys.wal(segments[0] ?? ''),
      prepare: async (scene) => flipBit(scene, scene.lineage.keys.wal(scene.segments[0] ?? '')),
      words: () => ['verify', '--deep'],
      code: 'STORE-CORRUPT',
    },
    {
      what: 'a record of a newer format',
      object: ({ lineage, backup }) => lineage.keys.backup(backup.id).record,
      prepare: async (scene) =>
        rewriteRecord(scene, scene.lineage.keys.backup(scene.backup.id).record, (record) => ({
          ...record,
          format: 2,
        })),
      words: () => ['verify'],
      code: 'STORE-FORMAT',
    },
    {
      what: 'a part that is gone',
      object: ({ lineage, backup }) => lineage.keys.backup(backup.id).part(1),
      prepare: async (scene) =>
        removeObject(scene, scene.lineage.keys.backup(scene.backup.id).part(1)),
      words: () => ['verify'],
      code: 'STORE-ABSENT',
    },
    {
      what: 'a gap in the archive',
      object: ({ segments }) => segments[0] ?? '',
      prepare: async (scene) => makeGap(scene, scene.segments[1] ?? '', scene.segments[2] ?? ''),
      words: () => ['verify'],
      code: 'WAL-GAP',
    },
  ])('names $what: $code', async ({ object, prepare, words, code }) => {
    const scene = await cluster.copy();
    await prepare?.(scene);
    const before = await scene.hash();
    const [verb = '', ...more] = words(scene);
    const { exitCode, stdout } = await runHoldfast([verb, ...scene.place, ...more, '--json']);
    expect(exitCode).toBe(ERROR_CODES[code].exitCode);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      ok: false,
      findings: expect.arrayContaining([
        { code, object: object(scene), detail: expect.any(String) },
      ]),
    });
    expect(await scene.hash()).toBe(before);
  });

  test('refuses an unknown backup: CATALOG-BACKUP', async () => {
    const words = (): string[] => ['verify', '--backup', 'yesterday'];
    const refusal = { what: 'an unknown backup', words, code: 'CATALOG-BACKUP' } as const;
    expect(await attempt(cluster, refusal)).toEqual(refusedWith(refusal.code));
  });
});
