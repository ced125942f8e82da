import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { type ContainerHost, BACKUP_ROLE, makeContainerHost } from './container-host.ts';
import { docker } from './docker.ts';
import { GET_ENGINE, hasEngine } from './engine.ts';
import {
  answers,
  initializeCluster,
  prepareServer,
  recoverLatest,
  sql,
  startAgent,
  startAws,
  startServer,
  takeBackup,
} from './roles.ts';

let host: ContainerHost;

/** Ends a segment, and waits until it and all before it are archived. */
async function archived(): Promise<void> {
  const wal = await sql('primary', 'SELECT pg_walfile_name(pg_switch_wal())');
  await until(`${wal} is archived`, async () => {
    const last = await sql('primary', 'SELECT last_archived_wal FROM pg_stat_archiver');
    return last.slice(0, 24) >= wal;
  });
}

const ROWS = 'COPY (SELECT * FROM ledger ORDER BY id) TO STDOUT';
async function load(rows: number): Promise<void> {
  await sql(
    'primary',
    `INSERT INTO ledger (note) SELECT md5(random()::text) FROM generate_series(1, ${rows})`,
  );
}

describe.skipIf(!hasEngine())(`a cluster in containers (needs ${GET_ENGINE})`, () => {
  beforeAll(async () => {
    host = await makeContainerHost();
    await initializeCluster(host);
    await startServer(host, 'primary', 'data');
    await prepareServer(host);
    await docker(['restart', '--time', '60', 'primary']);
    await answers('primary');
    await startAgent(host, 'agent');
    await startAws(host);
    await sql('primary', `ALTER ROLE ${BACKUP_ROLE} PASSWORD '${host.password}'`);
    await sql('primary', 'CREATE TABLE ledger (id bigserial PRIMARY KEY, note text NOT NULL)');
    await load(20_000);
  });
  afterAll(async () => host[Symbol.asyncDispose]());

  test('the task takes a base backup', async () => {
    const { exitCode, stderr } = await takeBackup(host);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('task.completed'),
    });
  });

  test('after the server was killed, another container brings back every row', async () => {
    await load(20_000);
    await archived();
    const rows = await sql('primary', ROWS);
    await docker(['kill', '--signal', 'KILL', 'primary']);
    const { exitCode, stdout, stderr } = await recoverLatest(host);
    expect({ exitCode, stderr, stdout }).toMatchObject({ exitCode: 0 });
    await startServer(host, 'recovered', 'recovered');
    expect((await sql('recovered', ROWS)) === rows).toBe(true);
    expect(rows.split('\n')).toHaveLength(40_000);
  });
});
