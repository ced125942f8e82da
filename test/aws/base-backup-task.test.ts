import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BACKUP_LEASE } from '../../lib/core/contract/key-layout.ts';
import { leaseHolder } from '../../lib/core/store/lease.ts';
import { GET_MOTO, hasMotoServer } from '../support/moto-server.ts';
import { CLUSTER } from '../support/protected-cluster.ts';
import { until } from '../support/until.ts';
import { PARAMETERS, SECRETS, startTaskStage, type TaskStage } from './task-stage.ts';

/** Slow enough to be caught at work: the copy would take minutes. */
const SLOW = { HOLDFAST_BACKUP_MAX_RATE_KIB: '256' };

let stage: TaskStage;

describe.skipIf(!hasMotoServer())(`the base backup's task (needs ${GET_MOTO})`, () => {
  beforeAll(async () => {
    stage = await startTaskStage();
  }, 120_000);
  afterAll(async () => stage[Symbol.asyncDispose]());

  test('ends with 0, and a restorable backup is listed', async () => {
    const { exitCode, log } = await stage.start().ended;
    expect({ exitCode, last: log.at(-1) }).toMatchObject({
      exitCode: 0,
      last: { event: 'task.completed', task: 'base-backup', cluster: CLUSTER },
    });
    const [backup] = await listed();
    expect(backup).toMatchObject({ id: log.at(-1)?.['backup_id'], restorable: true });
    expect(await leaseIsFree()).toBe(true);
    expect(log.filter(({ event }) => event.startsWith('task.'))).toHaveLength(1);
  });

  test('told to stop in mid-copy it ends with 121 and leaves nothing, and the next one succeeds', async () => {
    const before = await baseKeys();
    const task = stage.start(SLOW);
    await task.logged('backup.started');
    await until('a part is being written', async () => (await stage.unfinished()).length > 0);
    task.signal('SIGTERM');
    const { exitCode, log } = await task.ended;
    expect({ exitCode, last: log.at(-1) }).toMatchObject({
      exitCode: 121,
      last: { event: 'task.failed', error_code: 'ABORTED', error: 'ended by SIGTERM' },
    });
    expect(await leaseIsFree()).toBe(true);
    expect(await stage.unfinished()).toEqual([]);
    expect(await baseKeys()).toEqual(before);
    const copies = 'SELECT count(*) FROM pg_stat_progress_basebackup';
    await until('the server has ended the copy', async () => (await stage.tls.sql(copies)) === '0');
    expect((await stage.start().ended).exitCode).toBe(0);
  });

  test('ends by its own time limit, however slow the server is, and leaves nothing', async () => {
    const before = await baseKeys();
    const { exitCode, log } = await stage.start({ ...SLOW, HOLDFAST_BACKUP_TIMEOUT_SEC: '6' })
      .ended;
    expect({ exitCode, last: log.at(-1) }).toMatchObject({
      exitCode: 71,
      last: { event: 'task.failed', error_code: 'BACKUP-TIMEOUT', phase: 'copying' },
    });
    expect(await leaseIsFree()).toBe(true);
    expect(await stage.unfinished()).toEqual([]);
    expect(await baseKeys()).toEqual(before);
  });

  test.each([
    ['a server that the certificates do not vouch for', 'PG-CONNECT', 97, caIs(PARAMETERS.otherCa)],
    ['a wrong password', 'PG-CONNECT', 97, secretIs(SECRETS.wrong)],
    ['a secret of another form', 'SECRET-MALFORMED', 116, secretIs(SECRETS.malformed)],
    ['a secret that is not there', 'AWS-ABSENT', 32, secretIs(SECRETS.absent)],
    ['certificates that are not there', 'AWS-ABSENT', 32, caIs('/holdfast/none')],
    [
      'a cluster that the store does not know',
      'CATALOG-CLUSTER',
      66,
      { HOLDFAST_CLUSTER: 'other' },
    ],
  ])('fails when it is given %s, before anything is sent', async (_, code, status, changes) => {
    const before = await baseKeys();
    const { exitCode, log } = await stage.start(changes).ended;
    expect({ exitCode, last: log.at(-1) }).toMatchObject({
      exitCode: status,
      last: { event: 'task.failed', error_code: code },
    });
    expect(await baseKeys()).toEqual(before);
    expect(JSON.stringify(log)).not.toContain('Password');
  });
});

function caIs(name: string): Readonly<Record<string, string>> {
  return { HOLDFAST_CA_PARAMETER: name };
}

function secretIs(name: string): Readonly<Record<string, string>> {
  return { HOLDFAST_ROLE_SECRET: name };
}

async function baseKeys(): Promise<readonly string[]> {
  const { keys } = await stage.cluster.lineage();
  const heads = await Array.fromAsync(stage.cluster.store.list(keys.basePrefix));
  return heads.map(({ key }) => key);
}

async function leaseIsFree(): Promise<boolean> {
  const { store } = stage.cluster;
  const key = (await stage.cluster.lineage()).keys.lease(BACKUP_LEASE);
  return (await leaseHolder(store, key, new Date())) === undefined;
}

/** As an operator sees them, the newest first or last. */
async function listed(): Promise<readonly { readonly id: string; readonly restorable: boolean }[]> {
  const { cluster } = stage;
  const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
  const { stdout } = await cluster.holdfast(['list', ...place, '--json']);
  return JSON.parse(stdout).backups;
}
