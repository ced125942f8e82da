import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  findPrograms,
  isUsable,
  notFound,
} from '../../../../lib/core/adapters/postgres/find-programs.ts';
import {
  parseMajor,
  programDirectories,
  REQUIRED_PROGRAMS,
} from '../../../../lib/core/adapters/postgres/program-directories.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'find-programs-'));
  await fakePrograms('pg97', 97, REQUIRED_PROGRAMS);
  await fakePrograms('pg98', 98, REQUIRED_PROGRAMS);
  await fakePrograms('pg12', 12, REQUIRED_PROGRAMS);
  await fakePrograms('partial', 99, ['postgres', 'psql']);
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

describe('findPrograms', () => {
  test('prefers PGBIN, then PATH in its order', async () => {
    const path = [join(root, 'pg97'), join(root, 'pg98')].join(delimiter);
    const byPgbin = await findPrograms({ pgbin: join(root, 'pg98'), path });
    expect(byPgbin).toMatchObject({ major: 98, binDirectory: join(root, 'pg98') });
    expect(await findPrograms({ pgbin: '', path })).toMatchObject({ major: 97 });
  });

  test('passes over a directory of PATH that is incomplete, too old or absent', async () => {
    const path = ['/nonexistent', join(root, 'partial'), join(root, 'pg12'), join(root, 'pg97')];
    const found = await findPrograms({ pgbin: '', path: path.join(delimiter) });
    expect(found.major).toBe(97);
  });

  test('finds the major version asked for behind others', async () => {
    const path = [join(root, 'pg97'), join(root, 'pg98')].join(delimiter);
    expect(await findPrograms({ pgbin: '', path, major: 98 })).toMatchObject({ major: 98 });
    expect(await findPrograms({ pgbin: '', path, major: 12 }).catch(codeOf)).toBe('PG-VERSION');
  });

  test('fails when PGBIN lacks a program, whatever else is there', async () => {
    const request = { pgbin: join(root, 'partial'), path: join(root, 'pg97') };
    await expect(findPrograms(request)).rejects.toMatchObject({
      code: 'PG-TOOLS',
      details: { missing: 'initdb pg_controldata pg_ctl' },
    });
  });

  test('fails when PGBIN does not exist', async () => {
    const request = { pgbin: '/nonexistent', path: '' };
    await expect(findPrograms(request)).rejects.toMatchObject({ code: 'PG-TOOLS' });
  });
});

describe('notFound', () => {
  test('names the command that installs PostgreSQL when there is none', () => {
    const error = notFound([], undefined);
    expect(error.code).toBe('PG-TOOLS');
    expect(error.hint).toBeTruthy();
  });

  test('names what was found when another version is asked for', () => {
    const probe = { directory: '/a', explicit: false, major: 16, missing: [] };
    const error = notFound([probe], 18);
    expect(error.code).toBe('PG-VERSION');
    expect(error.message).toContain('16 in /a');
  });
});

test('usable means complete and new enough', () => {
  const probe = { directory: '/a', explicit: false, major: 15, missing: [] };
  expect(isUsable(probe, undefined)).toBe(true);
  expect(isUsable({ ...probe, major: 14 }, undefined)).toBe(false);
  expect(isUsable({ ...probe, missing: ['psql'] }, undefined)).toBe(false);
  expect(isUsable(probe, 16)).toBe(false);
});

test('each directory is looked at once, PGBIN first', async () => {
  const places = await programDirectories('/b', ['/a', '/b', '', '/a'].join(delimiter));
  expect(places.slice(0, 2)).toEqual([
    { directory: '/b', explicit: true },
    { directory: '/a', explicit: false },
  ]);
  expect(new Set(places.map(({ directory }) => directory)).size).toBe(places.length);
});

test.each([
  ['postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', 15],
  ['postgres (PostgreSQL) 18beta1', 18],
  ['postgres (PostgreSQL) 9.6.24', 9],
  ['something else', undefined],
])('reads the major version in "%s"', (text, major) => {
  expect(parseMajor(text)).toBe(major);
});

async function fakePrograms(
  name: string,
  major: number,
  programs: readonly string[],
): Promise<void> {
  const directory = join(root, name);
  await mkdir(directory);
  for (const program of programs) {
    const file = join(directory, program);
    await writeFile(file, `#!/bin/sh\necho '${program} (PostgreSQL) ${major}.1'\n`);
    await chmod(file, 0o755);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
