import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../lib/core/errors/codes.ts';
import { WriterRecord } from '../../lib/core/store/records.ts';
import { putRecord } from '../../lib/core/store/record.ts';
import { bareEnvironment, runHere, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { type AgentProcess, startAgentProcess } from '../support/agent-process.ts';
import { HOLDFAST } from '../support/checkout.ts';
import { diagnose, type Diagnosis, operatorEnvironment, paste } from '../support/diagnosis.ts';
import { doctorFaults } from '../support/doctor-faults.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';

const SETTINGS = { synchronous_commit: 'on', max_slot_wal_keep_size: '1GB' };

let cluster: ProtectedCluster;
let agent: AgentProcess;
/** The last of the archive, in order. */
let segments: readonly string[];

beforeAll(async () => {
  cluster = await startProtectedCluster({ settings: SETTINGS });
  agent = startAgent();
  await cluster.sql("ALTER SYSTEM SET archive_timeout = '60s'");
  await cluster.sql('SELECT pg_reload_conf()');
  const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
  const { exitCode, stderr } = await cluster.holdfast(['backup', ...place]);
  if (exitCode !== 0) throw new Error(`backup ended with ${exitCode}: ${stderr}`);
  segments = [await cluster.writeSegments(1), await cluster.writeSegments(1)];
  await cluster.drained();
});
afterAll(async () => {
  await agent.killNine();
  await cluster[Symbol.asyncDispose]();
});

function startAgent(): AgentProcess {
  const logFile = join(cluster.directory, 'agent.log');
  return startAgentProcess({ words: [HOLDFAST, 'agent', ...cluster.agentWords()], logFile });
}

async function look(words = cluster.agentWords()): Promise<Diagnosis> {
  return diagnose(words, operatorEnvironment(cluster));
}

describe('a healthy cluster', () => {
  test('is ok in every point that can be seen', async () => {
    const { notOk, rows } = await look();
    expect(notOk).toEqual({});
    expect(rows.length).toBeGreaterThanOrEqual(60);
  });

  test('ends with status 0, and its documents have the keys of the contract', async () => {
    const words = ['doctor', ...cluster.agentWords()];
    const { exitCode, stdout } = await runHoldfast([...words, '--json'], {
      env: operatorEnvironment(cluster),
    });
    expect(exitCode).toBe(0);
    const { checks, ...others } = JSON.parse(stdout) as { checks: readonly object[] };
    expect(others).toEqual({ format: 1, ok: true });
    expect(Object.keys(checks[0] ?? {})).toEqual(['id', 'area', 'status', 'saw', 'fix']);
    const people = await runHere(words, operatorEnvironment(cluster));
    expect(people.stdout).toMatch(
      /\n\nNothing fails: 0 failed, 0 to look at, \d+ ok, [01] not seen\.\n$/,
    );
  });

  test('a store alone, or a server alone, is looked at without the other', async () => {
    const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
    const store = await diagnose(place, bareEnvironment());
    expect(store).toMatchObject({ exitCode: 0 });
    expect(store.row('backup-age').status).toBe('ok');
    expect(store.row('fsync').saw).toBe('not looked at: name it with --host (or PGHOST)');
    const server = await look([]);
    expect(server).toMatchObject({ exitCode: 0 });
    expect(server.row('fsync').status).toBe('ok');
    expect(server.row('backup-age').saw).toBe('not looked at: name it with --store and --cluster');
  });
});

describe('a fault is told by its own check, and its fix mends it', () => {
  const faults = doctorFaults(() => ({
    cluster,
    segments,
    stopAgent: async () => agent.stop(),
    startAgent: async () => {
      agent = startAgent();
      await agent.logged('agent.started');
    },
  }));

  test.each(faults)('$what', async ({ inject, changes, mend }) => {
    await inject();
    const { notOk, row } = await look();
    const { fix } = row(Object.keys(changes)[0] ?? '');
    await (mend === undefined ? paste(fix ?? '', cluster) : mend());
    expect(notOk).toEqual(changes);
    expect(fix).toMatch(/\S/);
  });

  test('a server that does not answer is told once, and hides nothing of the store', async () => {
    const { exitCode, rows, row } = await look([...cluster.agentWords(), '--host', '/nowhere']);
    expect(exitCode).toBe(ERROR_CODES['DOCTOR-FAILED'].exitCode);
    const failed = rows.filter(({ status }) => status === 'fail');
    expect(failed.map(({ id, code }) => [id, code])).toEqual([['server-reachable', 'PG-CONNECT']]);
    expect(row('fsync').saw).toBe('not seen: server-reachable failed');
    expect(row('backup-age').status).toBe('ok');
  });

  test.each([
    { role: 'curious LOGIN', id: 'server-reachable', status: 'fail' },
    { role: 'watcher LOGIN IN ROLE pg_monitor', id: 'server-rights', status: 'fail' },
    { role: 'copier LOGIN REPLICATION', id: 'server-reachable', status: 'fail' },
    { role: 'half LOGIN REPLICATION IN ROLE pg_monitor', id: 'server-rights', status: 'fail' },
    {
      role: 'operator LOGIN REPLICATION IN ROLE holdfast_backup',
      id: 'server-rights',
      status: 'ok',
    },
  ])('$role: $id is $status, and what it may not see is never ok', async ({ role, id, status }) => {
    await cluster.sql(`CREATE ROLE ${role}`);
    const { row } = await look([...cluster.agentWords(), '--user', role.split(' ')[0] ?? '']);
    expect(row(id).status).toBe(status);
    expect(row('configuration-errors').status).toBe('skipped');
  });

  test('and then all is well again', async () => {
    expect(await look()).toEqual(expect.objectContaining({ exitCode: 0, notOk: {} }));
  });

  test('a writer on another machine, last of all because no one takes that back', async () => {
    const { keys } = await cluster.lineage();
    const other = { instance: 'machine:other', volume: 'uuid:other', dataDirInode: '1' };
    const record = { ...other, epoch: 2, timeline: 1, since: new Date() };
    await putRecord(cluster.store, keys.writer(2), WriterRecord, record, { epoch: 2 });
    const { notOk, row } = await look();
    expect(notOk).toEqual({ writer: 'fail' });
    expect(row('writer').fix).toContain('--take-over');
  });
});
