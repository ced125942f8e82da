import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../lib/core/errors/codes.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { parseSegment } from '../../lib/core/wal/segment.ts';
import {
  type OperatorCluster,
  ownFolder,
  type Scene,
  startOperatorCluster,
} from '../bin/cli/operator-cluster.ts';
import { attempt, type Refusal, refusedWith } from '../bin/cli/refusal.ts';
import { failureOf, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { flipBit, makeGap, rewriteRecord } from '../bin/cli/store-damage.ts';

const MIB = 1024 * 1024;
const NOBODY = 65_534;

let cluster: OperatorCluster;

beforeAll(async () => {
  cluster = await startOperatorCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

/** `recover --to` a target into the scene's data directory. */
function recover(target: string, ...more: readonly string[]): Refusal['words'] {
  return ({ dataDirectory }) => ['recover', '--to', target, '--data-dir', dataDirectory, ...more];
}

/** Within the numbered one of the scene's last segments. */
function within(index: number): (scene: Scene) => string {
  return ({ segments }) => formatLsn(parseSegment(segments[index] ?? '', MIB).startLsn + 100n);
}

async function refused(refusal: Refusal): Promise<void> {
  expect(await attempt(cluster, refusal)).toEqual(refusedWith(refusal.code));
}

describe('a target that cannot be reached is refused, with or without --execute', () => {
  test.each<Refusal>([
    {
      what: 'a time before the first backup',
      words: recover('2020-01-01T00:00:00Z'),
      code: 'RESTORE-WINDOW',
    },
    {
      what: 'a time in the future',
      words: recover('2999-01-01T00:00:00Z', '--execute'),
      code: 'RESTORE-WINDOW',
    },
    { what: 'an LSN before the first backup', words: recover('0/28'), code: 'RESTORE-WINDOW' },
    { what: 'an LSN past the end', words: recover('FFFF/0', '--execute'), code: 'RESTORE-WINDOW' },
    {
      what: 'an LSN behind a gap',
      prepare: async (scene) => makeGap(scene, scene.segments[1] ?? '', scene.segments[2] ?? ''),
      words: (scene) => recover(within(2)(scene))(scene),
      code: 'RESTORE-WINDOW',
    },
    {
      what: 'an LSN within a gap',
      prepare: async (scene) => makeGap(scene, scene.segments[1] ?? '', scene.segments[2] ?? ''),
      words: (scene) => recover(within(1)(scene))(scene),
      code: 'RESTORE-WINDOW',
    },
    {
      what: 'latest, with a gap before the end',
      prepare: async (scene) => makeGap(scene, scene.segments[1] ?? '', scene.segments[2] ?? ''),
      words: recover('latest', '--execute'),
      code: 'RESTORE-WINDOW',
    },
    {
      what: 'a mapping that is none',
      words: recover('latest', '--execute', '--tablespace-mapping', '/old'),
      code: 'RESTORE-TABLESPACE',
    },
    {
      what: 'a mapping of a place where no tablespace was',
      words: recover('latest', '--execute', '--tablespace-mapping', '/old=/new'),
      code: 'RESTORE-TABLESPACE',
    },
    {
      what: 'a time without an offset',
      words: recover('2026-11-22T01:02:03'),
      code: 'RESTORE-TARGET',
    },
    { what: 'words', words: recover('yesterday'), code: 'RESTORE-TARGET' },
    { what: 'an LSN out of range', words: recover('100000000/0'), code: 'RESTORE-TARGET' },
    {
      what: 'a restore point that nobody made',
      words: recover('name:before-upgrade'),
      code: 'RESTORE-TARGET',
    },
    {
      what: 'a transaction that never ended',
      words: recover('xid:4000000000'),
      code: 'RESTORE-TARGET',
    },
    {
      what: 'a timeline that does not exist',
      words: recover('latest', '--timeline', '9'),
      code: 'RESTORE-TARGET',
    },
    {
      what: 'the point just before the end',
      words: recover('latest', '--exclusive'),
      code: 'RESTORE-TARGET',
    },
    {
      what: 'an unknown backup',
      words: recover('latest', '--backup', 'yesterday'),
      code: 'CATALOG-BACKUP',
    },
    {
      what: 'a backup whose record is damaged',
      prepare: async (scene) => flipBit(scene, scene.lineage.keys.backup(scene.backup.id).record),
      words: (scene) => recover('latest', '--backup', scene.backup.id)(scene),
      code: 'CATALOG-BACKUP',
    },
    {
      what: 'the only backup, which a newer Holdfast took',
      prepare: async (scene) =>
        rewriteRecord(scene, scene.lineage.keys.backup(scene.backup.id).record, (record) => ({
          ...record,
          format: 2,
        })),
      words: recover('latest', '--execute'),
      code: 'RESTORE-WINDOW',
    },
  ])('$what: $code', refused);
});

/** Only root can give a directory away. */
const giveAway: readonly Refusal[] = [
  {
    what: 'a directory of another account',
    prepare: async ({ dataDirectory }: Scene) => {
      await mkdir(dataDirectory, { mode: 0o700 });
      await chown(dataDirectory, NOBODY, NOBODY);
      // The lock beside it is all that a claim may leave behind.
      await writeFile(`${dataDirectory}.lock`, '', { mode: 0o600 });
    },
    words: recover('latest', '--execute'),
    code: 'RESTORE-OWNER' as const,
  },
].filter(() => process.getuid?.() === 0);

describe('a place that cannot be restored into is left as it is', () => {
  test.each<Refusal>([
    {
      what: 'a directory with a file in it',
      prepare: async ({ dataDirectory }) =>
        writeFile(join(await ownFolder(dataDirectory), 'letter'), 'dear'),
      words: recover('latest', '--execute'),
      code: 'RESTORE-NOT-EMPTY',
    },
    {
      what: 'a directory with a postmaster.pid, whatever its pid',
      prepare: async ({ dataDirectory }) =>
        writeFile(join(await ownFolder(dataDirectory), 'postmaster.pid'), '999999\n'),
      words: recover('latest', '--execute'),
      code: 'RESTORE-IN-USE',
    },
    {
      what: 'a file',
      prepare: async ({ dataDirectory }) => writeFile(dataDirectory, ''),
      words: recover('latest', '--execute'),
      code: 'RESTORE-OWNER',
    },
    {
      what: 'a directory below one that is not there',
      words: (scene) =>
        recover('latest', '--execute', '--data-dir', `${scene.directory}/a/b`)(scene),
      code: 'RESTORE-OWNER',
    },
    ...giveAway,
  ])('$what: $code', refused);

  test('the live server’s own: RESTORE-IN-USE', async () => {
    const { dataDirectory } = cluster.protected.server;
    const refusal: Refusal = {
      what: 'in use',
      words: () => ['recover', '--to', 'latest', '--data-dir', dataDirectory, '--execute'],
      code: 'RESTORE-IN-USE',
    };
    expect(await attempt(cluster, refusal)).toEqual(refusedWith('RESTORE-IN-USE'));
    expect(await cluster.protected.sql('SELECT 1')).toBe('1');
  });
});

describe('a machine that cannot recover', () => {
  test.each<Refusal>([
    {
      what: 'without PostgreSQL’s programs',
      prepare: async ({ directory }) => mkdir(join(directory, 'empty')),
      env: ({ directory }) => ({ PGBIN: join(directory, 'empty') }),
      words: recover('latest', '--execute'),
      code: 'PG-TOOLS',
    },
    {
      what: 'without those of the lineage’s version',
      prepare: async (scene) => {
        const { identity } = scene.lineage;
        await claimLineage(scene.store, { ...identity, major: 99 }, { allowNew: true });
      },
      words: (scene) => {
        const lineage = `${scene.lineage.id.systemIdentifier}-99`;
        return recover('latest', '--execute', '--lineage', lineage)(scene);
      },
      code: 'PG-VERSION',
    },
  ])('$what: $code', refused);
});

describe('a store that is damaged', () => {
  test('ends a recovery at the first wrong byte: STORE-CORRUPT, and the store is as it was', async () => {
    const scene = await cluster.copy();
    await flipBit(scene, scene.lineage.keys.backup(scene.backup.id).part(1));
    const words = recover('latest', '--execute', '--json')(scene);
    const ending = await runHoldfast([...words, ...scene.place]);
    const code = 'STORE-CORRUPT';
    expect(failureOf(ending)).toEqual({
      exitCode: ERROR_CODES[code].exitCode,
      code,
      hasHint: true,
    });
    expect(JSON.parse(ending.stdout)).toMatchObject({ format: 1, error: { code } });
  });

  test('a damaged segment ends the window before it: what lies behind is refused', async () => {
    const refusal: Refusal = {
      what: 'behind a damaged segment',
      prepare: async (scene) => flipBit(scene, scene.lineage.keys.wal(scene.segments.at(-1) ?? '')),
      words: (scene) => recover(within(3)(scene))(scene),
      code: 'RESTORE-WINDOW',
    };
    expect(await attempt(cluster, refusal)).toEqual(refusedWith('RESTORE-WINDOW'));
  });
});
