import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type OperatorCluster,
  type Scene,
  startOperatorCluster,
} from '../bin/cli/operator-cluster.ts';
import { bareEnvironment, failureOf, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { HOLDFAST } from '../support/checkout.ts';
import { until } from '../support/until.ts';

const ABORTED = 121;
const LSN = /^[0-9A-F]+\/[0-9A-F]+$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const lsn = expect.stringMatching(LSN);
const time = expect.stringMatching(TIME);
const number = expect.any(Number);

let cluster: OperatorCluster;
let scene: Scene;

beforeAll(async () => {
  cluster = await startOperatorCluster();
  scene = await cluster.copy();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

/** The one JSON document that the command line prints. */
async function document(words: readonly string[]): Promise<unknown> {
  const [verb = '', ...more] = words;
  const ending = await runHoldfast([verb, ...scene.place, ...more, '--json'], {
    env: cluster.libpq,
  });
  expect({ exitCode: ending.exitCode, stderr: ending.stderr }).toMatchObject({ exitCode: 0 });
  expect(ending.stdout.split('\n')).toHaveLength(1);
  return JSON.parse(ending.stdout);
}

describe('the JSON documents, which programs rely on', () => {
  test('list', async () => {
    expect(await document(['list'])).toEqual({
      format: 1,
      incomplete: [],
      backups: [
        {
          id: scene.backup.id,
          kind: 'full',
          timeline: 1,
          startLsn: lsn,
          stopLsn: lsn,
          startedAt: time,
          finishedAt: time,
          bytes: scene.backup.bytes,
          storedBytes: scene.backup.storedBytes,
          restorable: true,
          checksumFailures: 0,
        },
      ],
    });
  });

  test('windows', async () => {
    expect(await document(['windows'])).toEqual({
      format: 1,
      windows: [
        {
          backupId: scene.backup.id,
          timeline: 1,
          parents: [],
          fromTime: scene.backup.finishedAt.toISOString(),
          fromLsn: lsn,
          toTime: time,
          toLsn: lsn,
        },
      ],
      gaps: [],
    });
  });

  test('verify', async () => {
    expect(await document(['verify', '--deep'])).toEqual({
      format: 1,
      ok: true,
      checkedObjects: number,
      checkedBytes: number,
      rebuiltIndexes: number,
      missingIndexes: 0,
      backups: 1,
      findings: [],
    });
  });

  test('status, of the store and of the server behind it', async () => {
    const { dataDirectory } = cluster.protected.server;
    expect(await document(['status', '--data-dir', dataDirectory])).toEqual({
      format: 1,
      cluster: 'orders',
      lineage: `${scene.lineage.id.systemIdentifier}-${scene.lineage.id.major}`,
      lastBackup: {
        id: scene.backup.id,
        finishedAt: scene.backup.finishedAt.toISOString(),
        bytes: scene.backup.bytes,
      },
      recoverablePoint: { lsn, time, ageSec: number },
      archive: {
        lagBytes: number,
        readySegments: number,
        segments: number,
        storedBytes: number,
        newestAt: time,
        gaps: [],
      },
      drill: null,
    });
  });

  test('recover: the plan has the keys of the deed, which are null until it is done', async () => {
    const data = join(scene.directory, 'planned');
    const plan = await document(['recover', '--to', 'latest', '--data-dir', data]);
    expect(plan).toEqual({
      format: 1,
      executed: false,
      backupId: scene.backup.id,
      timeline: 1,
      target: 'latest',
      reachedLsn: null,
      reachedTime: null,
      restoreSec: null,
      replaySec: null,
      dataDir: data,
      setAside: null,
      tablespaces: [],
      plan: expect.objectContaining({ segments: number, notes: expect.any(Array) }),
    });
  });

  test('recover --execute, into a directory named relative to where the operator stands', async () => {
    const words = ['recover', ...scene.place, '--to', 'latest', '--data-dir', 'recovered'];
    const ending = await runHoldfast([...words, '--execute', '--json'], { cwd: scene.directory });
    expect(ending).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(ending.stdout)).toEqual({
      format: 1,
      executed: true,
      backupId: scene.backup.id,
      timeline: 1,
      newTimeline: 2,
      target: 'latest',
      reachedLsn: lsn,
      reachedTime: time,
      restoreSec: number,
      replaySec: number,
      notes: expect.any(Array),
      dataDir: join(scene.directory, 'recovered'),
      setAside: null,
      tablespaces: [],
    });
  });
});

describe('the environment', () => {
  test('stands for every option that names a place', async () => {
    const [, store = ''] = scene.place;
    const env = {
      HOLDFAST_STORE: store,
      HOLDFAST_CLUSTER: 'orders',
      HOLDFAST_DATA_DIR: join(scene.directory, 'from-environment'),
    };
    const { exitCode, stdout } = await runHoldfast(['recover', '--to', 'latest', '--json'], {
      env,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ dataDir: env.HOLDFAST_DATA_DIR });
    const spool = { HOLDFAST_SPOOL: join(scene.directory, 'no-spool') };
    const agent = await runHoldfast(['agent'], {
      env: { ...env, ...spool, HOLDFAST_DATA_DIR: cluster.protected.server.dataDirectory },
    });
    expect(failureOf(agent).code).toBe('WAL-SPOOL');
    expect(agent.stderr).toContain(spool.HOLDFAST_SPOOL);
  });
});

describe('SIGINT ends a long verb in order', () => {
  test('backup: ABORTED, no process stays, and no record is written', async () => {
    await cluster.protected.startAgent().logged('agent.started');
    const place = ['--store', cluster.protected.storeUrl, '--cluster', 'orders'];
    const words = ['backup', ...place, '--max-rate', '1000', '--json'];
    const child = execa(process.execPath, [HOLDFAST, ...words], {
      env: { ...bareEnvironment(), ...cluster.libpq },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    const running = 'SELECT count(*) FROM pg_stat_progress_basebackup WHERE backup_streamed > 0';
    await until('the copy runs', async () => (await cluster.protected.sql(running)) === '1');
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await child;
    expect(failureOf({ exitCode, stdout, stderr })).toEqual({
      exitCode: ABORTED,
      code: 'ABORTED',
      hasHint: true,
    });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ABORTED' } });
    await until('the copy is over', async () => (await cluster.protected.sql(running)) === '0');
    const list = await runHoldfast(['list', ...place, '--json']);
    expect(JSON.parse(list.stdout)).toMatchObject({ backups: [{ id: scene.backup.id }] });
  });
});
