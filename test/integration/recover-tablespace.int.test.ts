import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isOpsError, type OpsError } from '../../lib/core/errors/ops-error.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import { formatTablespaceMapping } from '../../lib/core/restore/tablespaces/tablespace-mapping.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { segmentName } from '../../lib/core/wal/segment.ts';
import { treeHash } from '../bin/cli/tree-hash.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import {
  archiveAll,
  backUp,
  contextOf,
  planFrom,
  recoverTo,
  startRecovered,
} from '../support/recovery-cluster.ts';
import { until } from '../support/until.ts';

const PROCESS = fileURLToPath(new URL('../support/recovering-process.ts', import.meta.url));
const FAR_ROWS = 5_000;
const LATE_ROWS = 300;
const SUM_OF_FAR = String((FAR_ROWS * (FAR_ROWS + 1)) / 2);

type Place = 'fast' | 'slow' | 'gone' | 'young';

let cluster: ArchivedCluster;
let backup: BackupRecord;
/** Where the live server has its tablespaces, the last one below a folder of its own. */
let old: Record<Place, string>;
/** Just before the youngest tablespace is created. */
let beforeYoung: string;

beforeAll(async () => {
  cluster = await startArchivedCluster();
  const sql = async (text: string): Promise<string> => cluster.sql(text);
  const makeFolder = async (name: string): Promise<string> => cluster.makeFolder(name);
  await sql("ALTER SYSTEM SET autovacuum = 'off'");
  await cluster.attached.restart();
  const parent = await makeFolder('old');
  old = {
    fast: await makeFolder('old/a "fast"=disk'),
    slow: await makeFolder('old/slow'),
    gone: await makeFolder('old/gone'),
    young: join(parent, 'deep', 'young'),
  };
  for (const name of ['fast', 'slow', 'gone'] as const) {
    await sql(`CREATE TABLESPACE ${name} LOCATION '${old[name]}'`);
  }
  await sql('CREATE TABLE far (id int) TABLESPACE fast');
  await sql(`INSERT INTO far SELECT generate_series(1, ${FAR_ROWS})`);
  await sql('CREATE INDEX far_index ON far (id) TABLESPACE slow');
  await sql('CREATE TABLE brief TABLESPACE gone AS SELECT 1 AS id');
  backup = await backUp(cluster);
  await sql('CREATE TABLE late TABLESPACE slow AS SELECT generate_series(1, 300) AS id');
  await sql('DROP TABLE brief');
  await sql('DROP TABLESPACE gone');
  await makeFolder('old/deep');
  await makeFolder('old/deep/young');
  await sql(`CREATE TABLESPACE young LOCATION '${old.young}'`);
  await sql('CREATE TABLE fresh TABLESPACE young AS SELECT 7 AS id');
  await sql('CREATE DATABASE elsewhere TABLESPACE young');
  await sql('CHECKPOINT');
  await archiveAll(cluster);
  const plan = await planFrom(cluster, 'latest');
  beforeYoung = formatLsn(plan.createdTablespaces[0]?.lsn ?? 0n);
});
afterAll(async () => cluster[Symbol.asyncDispose]());

/** New places in a folder of this test's own, for some of the old ones. */
async function newPlaces(
  name: string,
  places: readonly Place[],
): Promise<{ readonly folder: string; readonly mapping: Map<string, string> }> {
  const folder = await cluster.makeFolder(name);
  return { folder, mapping: new Map(places.map((place) => [old[place], join(folder, place)])) };
}

async function failure(attempt: Promise<unknown>): Promise<OpsError> {
  const error: unknown = await attempt.catch((reason: unknown) => reason);
  if (isOpsError(error)) return error;
  throw new Error('the recovery did not fail as it should', { cause: error });
}

async function ask(result: RecoveryResult, queries: readonly string[]): Promise<string[]> {
  await using server = await startRecovered(cluster, result);
  const answers: string[] = [];
  for (const query of queries) answers.push(await server.run('psql', ['-XAtqc', query]));
  return answers;
}

const SUM = 'SELECT sum(id) FROM far';
const BY_INDEX = `SET enable_seqscan = off; SELECT count(*) FROM far WHERE id > ${FAR_ROWS - 10}`;
const LATE = 'SELECT count(*) FROM late';
const WHERE = `SELECT string_agg(spcname || ' ' || pg_tablespace_location(oid), ',' ORDER BY spcname)
  FROM pg_tablespace WHERE spcname !~ '^pg_'`;

describe('a base backup of a cluster with tablespaces', () => {
  test('names each, with its old place and size', () => {
    const named = backup.tablespaces.map(({ name, location }) => [name, location]);
    const places = (['fast', 'slow', 'gone'] as const).map((name) => [name, old[name]]);
    expect(new Map(named as [string, string][])).toEqual(new Map(places as [string, string][]));
    for (const { bytes } of backup.tablespaces) expect(bytes).toBeGreaterThanOrEqual(8_192);
    expect(backup.skipped).toEqual([]);
  });
});

describe('a recovery of a cluster with tablespaces, on the machine of its live server', () => {
  test('is refused unless each is mapped, before anything is changed', async () => {
    const before = await treeHash(join(old.slow, '..'));
    const { folder, mapping } = await newPlaces('unmapped', ['fast']);
    const target = join(folder, 'data');
    const hints: string[] = [];
    for (const choice of [undefined, mapping]) {
      const attempt = recoverTo(cluster, beforeYoung, target, { exclusive: true }, choice);
      const { code, hint } = await failure(attempt);
      expect(code).toBe('BACKUP-TABLESPACE');
      hints.push(hint ?? '');
    }
    expect(hints[0]).toContain('a "fast"\\=disk=/new/place');
    for (const hint of hints) {
      expect(hint).toContain(`--tablespace-mapping '${old.slow}=/new/place'`);
    }
    expect(await readdir(folder)).toEqual([]);
    expect(await treeHash(join(old.slow, '..'))).toBe(before);
  });

  test('brings back rows and indexes at the new places, and drops what was dropped since', async () => {
    const before = await treeHash(join(old.slow, '..'));
    const { folder, mapping } = await newPlaces('mapped', ['fast', 'slow', 'gone']);
    const target = join(folder, 'data');
    const exclusive = { exclusive: true };
    const result = await recoverTo(cluster, beforeYoung, target, exclusive, mapping);
    expect(await ask(result, [SUM, BY_INDEX, LATE, WHERE])).toEqual([
      SUM_OF_FAR,
      '10',
      String(LATE_ROWS),
      `fast ${join(folder, 'fast')},slow ${join(folder, 'slow')}`,
    ]);
    expect(await readdir(join(folder, 'gone'))).toEqual([]);
    expect((await readdir(join(target, 'pg_tblspc'))).length).toBe(2);
    expect((await readdir(join(folder, 'fast'))).join()).toMatch(/^PG_\d+_\d+$/);
    expect(await treeHash(join(old.slow, '..'))).toBe(before);
  });

  test('is refused at a place where one was created since, and where the live one is', async () => {
    const before = await treeHash(old.young);
    const { folder, mapping } = await newPlaces('created', ['fast', 'slow', 'gone', 'young']);
    const error = await failure(recoverTo(cluster, 'latest', join(folder, 'data'), {}, mapping));
    expect(error.code).toBe('BACKUP-TABLESPACE');
    expect(error.details).toEqual({ location: old.young, lsn: beforeYoung });
    expect(await readdir(folder)).toEqual([]);
    expect(await treeHash(old.young)).toBe(before);
  });

  test('ends before it writes to a place that nobody knew of', async () => {
    const before = await treeHash(old.young);
    const { folder, mapping } = await newPlaces('unknown', ['fast', 'slow', 'gone']);
    const plan = { ...(await planFrom(cluster, 'latest')), createdTablespaces: [] };
    const dataDirectory = join(folder, 'data');
    const job = { dataDirectory, parallel: 2, tablespaceMapping: mapping };
    const error = await failure(recover(plan, job, contextOf(cluster)));
    expect(error.code).toBe('BACKUP-TABLESPACE');
    expect(error.details).toEqual({ location: old.young, lsn: beforeYoung });
    expect(await treeHash(old.young)).toBe(before);
  });
});

describe('a recovery over the creation of a tablespace, where its server no longer is', () => {
  beforeAll(async () => {
    await cluster.attached.stop();
    await rename(join(old.young, '..'), join(old.slow, '..', 'away'));
  });

  /** Recovers in a process of its own; kills it and its server when they ask for the last segment. */
  async function killWhileReplaying(folder: string, mapping: Map<string, string>): Promise<void> {
    const { store, lineage } = cluster;
    const last = (await planFrom(cluster, 'latest')).segments.at(-1);
    const key = segmentName(last?.timeline ?? 0, last?.last ?? 0n, lineage.identity.segmentBytes);
    const texts = [...mapping].map(([from, to]) => formatTablespaceMapping(from, to));
    const args = [PROCESS, store.url, lineage.id.cluster, join(folder, 'data'), key, ...texts];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const pidFile = join(folder, 'data', 'postmaster.pid');
    const pid = await until('its server is there', async () =>
      readFile(pidFile, 'utf8').then(
        (text) => text.split('\n')[0],
        () => undefined,
      ),
    );
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    process.kill(Number(pid), 'SIGKILL');
  }

  test('lets replay through a link that is gone afterwards, also when it was killed once with another mapping', async () => {
    const { folder, mapping } = await newPlaces('through', ['fast', 'slow', 'gone', 'young']);
    await killWhileReplaying(folder, mapping);
    expect(await readlink(old.young)).toBe(join(folder, 'young'));
    expect((await readdir(join(folder, 'fast'))).sort().at(0)).toMatch(/^PG_/);
    const target = join(folder, 'data');
    const newer = new Map([...mapping, [old.young, join(folder, 'newer')]]);
    const again = async (): Promise<RecoveryResult> =>
      recoverTo(cluster, 'latest', target, {}, newer);
    const other = recoverTo(cluster, 'latest', join(folder, 'other'), {}, mapping);
    expect((await failure(other)).code).toBe('RESTORE-TABLESPACE');
    const result = await until('the killed recovery’s server has ended', async () =>
      again().catch((error: unknown) => {
        if (!isOpsError(error, 'RESTORE-IN-USE')) throw error;
        return undefined;
      }),
    );
    expect(await ask(result, ['SELECT id FROM fresh', SUM, WHERE])).toEqual([
      '7',
      SUM_OF_FAR,
      `fast ${join(folder, 'fast')},slow ${join(folder, 'slow')},young ${join(folder, 'newer')}`,
    ]);
    expect(await readdir(join(folder, 'young'))).toEqual([]);
    expect((await readdir(join(old.slow, '..'))).sort()).toEqual([
      'a "fast"=disk',
      'away',
      'gone',
      'slow',
    ]);
    for (const link of await readdir(join(target, 'pg_tblspc'))) {
      expect(await readlink(join(target, 'pg_tblspc', link))).toContain(folder);
    }
    for (const name of ['fast', 'slow', 'newer']) {
      expect((await readdir(join(folder, name))).join()).toMatch(/^PG_\d+_\d+$/);
    }
  });

  test('makes the old place anew when it is to go there', async () => {
    const { folder, mapping } = await newPlaces('same', ['fast', 'slow', 'gone']);
    await mkdir(join(old.young, '..'), { mode: 0o755 });
    const same = new Map([...mapping, [old.young, old.young]]);
    const result = await recoverTo(cluster, 'latest', join(folder, 'data'), {}, same);
    expect(await ask(result, ['SELECT id FROM fresh'])).toEqual(['7']);
    expect((await readdir(old.young)).join()).toMatch(/^PG_\d+_\d+$/);
  });
});
