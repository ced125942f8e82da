import { lchown, mkdir, readdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { Event } from '../../lib/core/contract/events.ts';
import { RECOVERY_FOLDER } from '../../lib/core/ports/data-directory.ts';
import type { Log } from '../../lib/core/ports/log.ts';
import type { RecoveryContext, RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import type { RecoveryProgress } from '../../lib/core/restore/recovery-progress.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import type { TablespaceMapping } from '../../lib/core/restore/tablespaces/tablespace-mapping.ts';
import { type AgentProcess, startAgentProcess } from '../support/agent-process.ts';
import { HOLDFAST } from '../support/checkout.ts';
import { placeOf } from '../support/in-place-cluster.ts';
import {
  type HoldfastEnding,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';
import { contextOf, planFrom } from '../support/recovery-cluster.ts';
import { canMount, MAY_MOUNT, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

const MIB = 1024 * 1024;
/** Sixteen megabytes through psql, on a busy machine. */
const LONG_MS = 90_000;
/** More than a megabyte of WAL that hardly compresses. */
const ROW = `INSERT INTO facts
  SELECT max(id) + 1, (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 40000))
    FROM facts RETURNING id`;

describe.skipIf(!canMount())(`a disk that is full (needs ${MAY_MOUNT})`, () => {
  let cluster: ProtectedCluster;
  let spoolDisk: SmallDisk;
  let storeDisk: SmallDisk;
  let walDisk: SmallDisk;

  beforeAll(async () => {
    cluster = await startProtectedCluster({
      asServer: true,
      prepared: false,
      settings: { wal_keep_size: '0', min_wal_size: '2MB', max_wal_size: '4MB' },
    });
    const { server } = cluster;
    await server.stop();
    spoolDisk = await mountSmallDisk(cluster.spool, 2);
    storeDisk = await mountSmallDisk(cluster.storeDirectory, 64);
    walDisk = await mountSmallDisk(join(cluster.directory, 'wal'), 16);
    await moveWal(join(cluster.directory, 'wal'));
    await server.start();
    await succeed(cluster.init());
    await server.restart();
    await cluster.sql('CREATE TABLE facts AS SELECT 0 AS id, NULL AS payload');
    await cluster.sql('ALTER TABLE facts ALTER payload SET STORAGE EXTERNAL');
  });
  afterEach(() => {
    for (const disk of [spoolDisk, storeDisk]) disk.free();
  });
  afterAll(async () => {
    // Nothing can be removed while disks are mounted below it.
    await cluster.server.killNine();
    for (const disk of [spoolDisk, storeDisk, walDisk]) await disk[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  /** As `initdb --waldir` would have put it. */
  async function moveWal(place: string): Promise<void> {
    const wal = join(cluster.server.dataDirectory, 'pg_wal');
    await execa('cp', ['-a', `${wal}/.`, place]);
    await rename(wal, `${wal}.before`);
    await symlink(place, wal);
    const owner = serverOwner();
    if (owner !== undefined) await lchown(wal, owner.uid, owner.gid);
  }

  async function succeed(command: Promise<HoldfastEnding>): Promise<void> {
    const { exitCode, stderr } = await command;
    if (exitCode !== 0) throw new Error(`holdfast ended with ${exitCode}: ${stderr}`);
  }

  async function startAgent(): Promise<AgentProcess> {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    return agent;
  }

  /** Everything that was ever written is in the store, and PostgreSQL waits for nothing. */
  async function assertConverged(last: string): Promise<void> {
    // A further segment wakes PostgreSQL's archiver, which else looks once a minute.
    await cluster.writeSegments(1);
    await cluster.drained();
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ different, gaps }).toEqual({ different: [], gaps: [] });
    expect(segments).toContain(last);
  }

  const unfinished = async (): Promise<readonly string[]> =>
    readdir(join(cluster.storeDirectory, '.tmp'));

  test('under the spool: WAL-SPOOL, and PostgreSQL keeps what the store has but it cannot be told', async () => {
    const agent = await startAgent();
    await cluster.writeSegments(1);
    await cluster.drained();
    // The beat gives a name back each time it fails, which an acknowledgement may take.
    const last = await until('an acknowledgement has no room', async () => {
      spoolDisk.fill();
      const name = await cluster.writeSegments(1);
      const refused = (await agent.log()).filter(({ event }) => event === 'wal.segment.refused');
      return refused.some(({ error_code: code }) => code === 'WAL-SPOOL') && name;
    });
    expect(await cluster.ready()).toContain(last);
    spoolDisk.free();
    await assertConverged(last);
    expect(await agent.stop()).toBe(0);
  });

  test('under the store: STORE-UNAVAILABLE, and no half object is ever seen', async () => {
    const agent = await startAgent();
    await cluster.drained();
    storeDisk.fill(2 * MIB);
    const { exitCode, stderr } = await cluster.holdfast(['backup', ...placeOf(cluster)]);
    expect({ exitCode, isFull: stderr.includes('is full') }).toEqual({
      exitCode: 61,
      isFull: true,
    });
    expect(await unfinished()).toEqual([]);
    storeDisk.fill();
    const before = (await Array.fromAsync(cluster.store.list(''))).length;
    const last = await cluster.writeSegments(2);
    await agent.logged('wal.segment.retried', { error_code: 'STORE-UNAVAILABLE' });
    expect((await Array.fromAsync(cluster.store.list(''))).length).toBe(before);
    expect(await unfinished()).toEqual([]);
    storeDisk.free();
    await assertConverged(last);
    await succeed(cluster.holdfast(['backup', ...placeOf(cluster)]));
    expect(await agent.stop()).toBe(0);
  });

  test('under pg_wal: the server dies, and with room nothing of what it committed is lost', async () => {
    const agent = await startAgent();
    await cluster.drained();
    storeDisk.fill();
    const committed: string[] = [];
    await until(
      'the server has no room left for WAL',
      async () => {
        try {
          committed.push(await cluster.sql(`SET synchronous_commit = on; ${ROW}`));
          return false;
        } catch {
          return true;
        }
      },
      LONG_MS,
    );
    await cluster.server.stop('immediate');
    expect(committed.length).toBeGreaterThan(3);
    await walDisk.enlarge(48);
    await cluster.server.start();
    storeDisk.free();
    const last = await cluster.writeSegments(1);
    await assertConverged(last);
    const kept = (await cluster.sql('SELECT id FROM facts WHERE id > 0 ORDER BY id')).split('\n');
    expect(kept.slice(0, committed.length)).toEqual(committed);
    expect(await agent.stop()).toBe(0);
  });

  describe('under a recovery, its data directory and a tablespace on two file systems', () => {
    let mapping: TablespaceMapping;
    let place: { readonly data: string; readonly tablespace: string };
    let dataDisk: SmallDisk;
    let tablespaceDisk: SmallDisk;

    beforeAll(async () => {
      const [from, data] = [join(cluster.directory, 'fast'), join(cluster.directory, 'new-data')];
      const tablespace = join(cluster.directory, 'new-fast');
      place = { data: join(data, 'data'), tablespace };
      mapping = new Map([[from, tablespace]]);
      dataDisk = await mountSmallDisk(data, 16);
      tablespaceDisk = await mountSmallDisk(tablespace, 1);
      await mkdir(from, { mode: 0o700 });
      const owner = serverOwner();
      if (owner !== undefined) await lchown(from, owner.uid, owner.gid);
      await cluster.sql(`CREATE TABLESPACE fast LOCATION '${from}'`);
      await cluster.sql('CREATE TABLE placed TABLESPACE fast AS TABLE facts');
      await using agent = startAgentProcess({
        words: [HOLDFAST, 'agent', ...cluster.agentWords()],
        logFile: join(cluster.directory, 'agent.log'),
        owner: cluster.account,
      });
      await succeed(cluster.holdfast(['backup', ...placeOf(cluster)]));
      await cluster.sql(ROW);
      await cluster.writeSegments(20);
      await cluster.drained();
      await agent.stop();
    });
    afterAll(async () => {
      for (const disk of [dataDisk, tablespaceDisk]) await disk[Symbol.asyncDispose]();
    });

    async function recoverNow(changes: Partial<RecoveryContext> = {}): Promise<RecoveryResult> {
      const { store, instance } = cluster;
      const recoverable = { store, instance, lineage: await cluster.lineage() };
      const plan = await planFrom(recoverable, 'latest');
      const job = { dataDirectory: place.data, parallel: 2, tablespaceMapping: mapping };
      return recover(plan, job, contextOf(recoverable, changes));
    }

    test('RESTORE-SPACE names the one that is too small and its bytes, before anything is fetched', async () => {
      const refused = (path: string): object => ({
        code: 'RESTORE-SPACE',
        details: { path, neededBytes: expect.any(Number), missingBytes: expect.any(Number) },
      });
      await expect(recoverNow()).rejects.toMatchObject(refused(place.data));
      await dataDisk.enlarge(160);
      await expect(recoverNow()).rejects.toMatchObject(refused(place.tablespace));
      await tablespaceDisk.enlarge(64);
      expect(await readdir(place.data)).toEqual([RECOVERY_FOLDER]);
    });

    test('RESTORE-SPACE ends it at any moment, and with room the same call converges', async () => {
      const report = ({ phase }: RecoveryProgress): void => {
        if (phase === 'extracting') dataDisk.fill();
      };
      await expect(recoverNow({ report })).rejects.toMatchObject({ code: 'RESTORE-SPACE' });
      dataDisk.free();
      const log = recordingLog();
      const info: Log['info'] = (event) => {
        if (event === Event.RESTORE_WAL_SERVED) dataDisk.fill();
      };
      await expect(recoverNow({ log: { ...log, info } })).rejects.toMatchObject({
        code: 'RESTORE-SPACE',
      });
      dataDisk.free();
      const { dataDirectory } = await recoverNow();
      await using server = await attachServer(cluster.instance, {
        dataDirectory,
        logFile: join(cluster.directory, 'recovered.log'),
      });
      const ids = 'SELECT (SELECT array_agg(id) FROM facts), (SELECT array_agg(id) FROM placed)';
      const recovered = await server.run('psql', ['-XAtq', '-c', ids]);
      expect(recovered.trim()).toBe(await cluster.sql(ids));
    });
  });
});
