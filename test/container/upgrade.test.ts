import { mkdir, chown, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../support/until.ts';
import { type ContainerHost, PLACES } from './container-host.ts';
import { docker, type Ending, logsOf } from './docker.ts';
import { GET_ENGINE, hasEngine } from './engine.ts';
import {
  AGENT,
  endSegment,
  insertRows,
  PRIMARY,
  rowsOf,
  startProtectedHost,
  untilArchived,
  withImage,
} from './protected-host.ts';
import { answers, CLUSTER, sql, startAgent, startAws, startServer, takeBackup } from './roles.ts';
import { buildUpgradeImages, OLD_MAJOR } from './upgrade-images.ts';

const ROWS = 5_000;
const DATA = `${PLACES.data}/pgdata`;
const PLACE = ['--store', `file://${PLACES.store}`, '--cluster', CLUSTER];
const NEW_MAJOR = 18;
/** The words that recover the newest state of the lineage that is written to, onto the empty volume. */
const RECOVER = [
  'holdfast',
  'recover',
  ...PLACE,
  '--lineage=current',
  '--to=latest',
  `--data-dir=${PLACES.recovered}/pgdata`,
  '--execute',
];

/** The host as it runs in the old version, in the new one, and while it is upgraded. */
let old: ContainerHost;
let current: ContainerHost;
let both: ContainerHost;
let rules: string;
let before: readonly string[];

const upgrade = async (...words: readonly string[]): Promise<Ending> =>
  both.run(
    ['holdfast', 'upgrade', '--data-dir', DATA, '--volume', PLACES.data, ...PLACE, ...words],
    {
      volumes: { data: 'rw', store: 'rw' },
      memory: '512m',
    },
  );

/** What lies on the data volume. */
const onVolume = async (): Promise<readonly string[]> => (await readdir(old.folder('data'))).sort();

/** What makes a volume known as this cluster's. */
const marker = (): string => join(old.folder('data'), 'marker.json');

/** One lineage of the store, by the version that it ends with. */
async function lineageOf(major: number): Promise<string> {
  const names = await readdir(join(old.folder('store'), CLUSTER));
  return names.find((name) => name.endsWith(`-${major}`)) ?? '';
}

/** As a host's boot does. */
async function writeMarker(): Promise<void> {
  const { uid, gid } = await stat(old.folder('data'));
  const lineage = await lineageOf(OLD_MAJOR);
  const whose = { format: 1, environment: 'test', cluster: CLUSTER, begun: 'initdb', lineage };
  await writeFile(marker(), JSON.stringify(whose));
  await chown(marker(), uid, gid);
}

/** As a host does: a spool is of one server. */
async function exchangeSpool(away: string, back?: string): Promise<void> {
  const spool = old.folder('spool');
  const { uid, gid } = await stat(spool);
  await rename(spool, `${spool}-${away}`);
  if (back !== undefined) return rename(`${spool}-${back}`, spool);
  await mkdir(spool, { mode: 0o700 });
  await chown(spool, uid, gid);
}

describe.skipIf(!hasEngine())(`an upgrade to another major version (needs ${GET_ENGINE})`, () => {
  beforeAll(async () => {
    const images = await buildUpgradeImages();
    old = await startProtectedHost(images.old);
    [current, both] = [withImage(old, inject('image')), withImage(old, images.upgrade)];
    await startAws(old);
    await insertRows(ROWS);
    await sql(PRIMARY, 'ANALYZE ledger');
    const { exitCode, stderr } = await takeBackup(old);
    if (exitCode !== 0) throw new Error(stderr);
    await untilArchived(await endSegment());
    rules = await readFile(join(old.folder('data'), 'pgdata/pg_hba.conf'), 'utf8');
    before = await rowsOf(PRIMARY);
    await writeMarker();
  });
  afterAll(async () => old[Symbol.asyncDispose]());

  test('is refused while the server runs', async () => {
    const { exitCode, stderr } = await upgrade('--execute');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 83,
      stderr: expect.stringContaining('RESTORE-IN-USE'),
    });
    await sql(PRIMARY, 'CREATE TABLE in_the_way (of regproc)');
    await docker(['stop', '--time', '60', PRIMARY]);
  });

  test('says what is in the way, and leaves a cluster that goes on', async () => {
    const { exitCode, stderr } = await upgrade('--execute');
    expect(exitCode).toBe(100);
    expect(stderr).toMatch(/PG-FAILED[^]*tables_using_reg\.txt[^]*public\.in_the_way\.of/);
    expect(await onVolume()).not.toContain(`pgdata.${NEW_MAJOR}`);
    expect(await onVolume()).toContain('pgdata.upgrade-log');
    await docker(['start', PRIMARY]);
    await answers(PRIMARY);
    await sql(PRIMARY, 'DROP TABLE in_the_way');
    expect(await rowsOf(PRIMARY)).toEqual(before);
    await docker(['stop', '--time', '60', PRIMARY]);
    await docker(['stop', '--time', '60', AGENT]);
  });

  test('is only checked unless it is to be executed, and leaves nothing', async () => {
    const volume = await onVolume();
    const { exitCode, stdout, stderr } = await upgrade();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toContain('*Clusters are compatible*');
    expect(stdout).not.toContain('not archived');
    expect(stdout).toContain(`would bring ${DATA} from PostgreSQL ${OLD_MAJOR} to ${NEW_MAJOR}`);
    expect(await onVolume()).toEqual(expect.arrayContaining([...volume]));
    expect(await onVolume()).not.toContain(`pgdata.${NEW_MAJOR}`);
  });

  test('killed half-way it begins anew, and brings every row', async () => {
    await both.run(['holdfast', 'upgrade', '--data-dir', DATA, '--execute'], {
      name: 'killed',
      detach: true,
      volumes: { data: 'rw' },
      memory: '512m',
    });
    const isAtWork = async (): Promise<boolean> =>
      (await logsOf('killed')).includes('Performing Upgrade');
    await until('it is at work', isAtWork, 60_000);
    await docker(['kill', '--signal', 'KILL', 'killed']);
    expect(await onVolume()).toContain(`pgdata.${NEW_MAJOR}`);

    const { exitCode, stdout, stderr } = await upgrade('--execute');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain(`the old one, lineage ${await lineageOf(OLD_MAJOR)}, is kept in`);
    expect(await onVolume()).toContain(`pgdata.${OLD_MAJOR}`);
    expect(await readFile(marker(), 'utf8')).toMatch(new RegExp(`-${NEW_MAJOR}"`));
    await writeFile(join(old.folder('data'), 'pgdata/pg_hba.conf'), rules);
    await startServer(current, 'new', 'data');
    expect(await rowsOf('new')).toEqual(before);
    expect(await sql('new', 'SHOW data_checksums')).toBe('off');
    expect(await sql('new', 'SHOW wal_segment_size')).toBe('1MB');
    const statistics = "SELECT count(*) FROM pg_stats WHERE tablename = 'ledger'";
    expect(await sql('new', statistics)).toBe('2');
  });

  test('begins a lineage that recovers by itself', async () => {
    await exchangeSpool('old');
    const words = [...PLACE, '--spool', PLACES.spool, '--data-dir', DATA];
    const init = ['holdfast', 'init', '--no-one-shot', '--host', PLACES.sockets, ...words];
    const volumes = { data: 'ro', spool: 'rw', store: 'rw', sockets: 'rw' } as const;
    const refused = await current.run([...init, '--user', 'postgres'], { volumes });
    expect(refused).toMatchObject({
      exitCode: 67,
      stderr: expect.stringContaining('CATALOG-LINEAGE'),
    });
    const begun = await current.run([...init, '--user', 'postgres', '--new-lineage'], { volumes });
    expect(begun).toMatchObject({ exitCode: 0 });
    await docker(['rm', '--force', 'new']);
    await startServer(current, 'newer', 'data');
    await startAgent(current, 'new-agent');
    expect(await takeBackup(current)).toMatchObject({ exitCode: 0 });
    await insertRows(ROWS, 'newer');
    const segment = await sql('newer', 'SELECT pg_walfile_name(pg_switch_wal())');
    const archived = `SELECT last_archived_wal >= '${segment}' FROM pg_stat_archiver`;
    await until('it is archived', async () => (await sql('newer', archived)) === 't');
    const rows = await rowsOf('newer');

    const recovered = await current.run(RECOVER, {
      memory: '512m',
      volumes: { store: 'ro', recovered: 'rw' },
    });
    expect(recovered).toMatchObject({ exitCode: 0 });
    await docker(['stop', '--time', '60', 'newer']);
    await docker(['stop', '--time', '60', 'new-agent']);
    await startServer(current, 'third', 'recovered');
    expect(await rowsOf('third')).toEqual(rows);
    expect(rows).toHaveLength(before.length + ROWS);
    await docker(['rm', '--force', 'third']);
  });

  test('is taken back: the old server goes on in its own lineage', async () => {
    const planned = await upgrade('--rollback');
    expect(planned).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Nothing was done'),
    });
    const { exitCode, stdout, stderr } = await upgrade('--rollback', '--execute');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain(`the cluster of PostgreSQL ${OLD_MAJOR} again`);
    expect(await onVolume()).toContain(`pgdata.${NEW_MAJOR}-undone`);
    await exchangeSpool('new', 'old');
    await startServer(old, 'old-again', 'data');
    expect(await rowsOf('old-again')).toEqual(before);
    await startAgent(old, 'old-agent');
    await insertRows(1, 'old-again');
    const segment = await sql('old-again', 'SELECT pg_walfile_name(pg_switch_wal())');
    const archived = `SELECT last_archived_wal >= '${segment}' FROM pg_stat_archiver`;
    await until('it is archived', async () => (await sql('old-again', archived)) === 't');
    // The other lineage had the younger writer until then.
    expect(await takeBackup(old)).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(await readFile(marker(), 'utf8'))).toMatchObject({
      lineage: await lineageOf(OLD_MAJOR),
    });
  });
});
