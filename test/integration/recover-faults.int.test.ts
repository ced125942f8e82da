import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { RecoveryContext } from '../../lib/core/restore/recovery-context.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import { segmentName } from '../../lib/core/wal/segment.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { siteThatDiesAfter, siteWithScriptAfter } from '../support/faulty-recovery-site.ts';
import { archiveAll, backUp, contextOf, planFrom } from '../support/recovery-cluster.ts';
import { flipBit, hideObject } from '../support/store-tampering.ts';

/** How PostgreSQL refuses to be started on an unfinished recovery. */
const REFUSAL = /must specify "?restore_command"? when standby mode is not enabled/;

/** Waits as the system's clock does, but never long. */
const hastyClock = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 100), signal),
};

describe('a recovery that meets a fault', () => {
  let cluster: ArchivedCluster;
  let backup: BackupRecord;
  let folders = 0;
  /** What a server said that was started on the remains of the last failure. */
  let startLog = '';
  /** What the recovering server and its restore script said at the last failure. */
  let replayLog = '';

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await cluster.sql('CREATE TABLE facts (id int)');
    backup = await backUp(cluster);
    for (let batch = 0; batch < 4; batch += 1) {
      await cluster.sql('INSERT INTO facts SELECT generate_series(1, 1000)');
      await archiveAll(cluster);
    }
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  /** The code it fails with, once it is proven that nothing was promoted or can be started. */
  async function failure(
    changes: Partial<RecoveryContext> = {},
    sincePlanned: () => Promise<void> = async () => undefined,
  ): Promise<string> {
    folders += 1;
    const parent = await cluster.makeFolder(`fault-${folders}`);
    const dataDirectory = join(parent, 'data');
    const plan = await planFrom(cluster, 'latest');
    await sincePlanned();
    const error: unknown = await recover(
      plan,
      { dataDirectory, parallel: 2 },
      contextOf(cluster, { clock: hastyClock, ...changes }),
    ).catch((reason: unknown) => reason);

    const recoveryLog = join(dataDirectory, 'holdfast-recovery', 'server.log');
    replayLog = await readFile(recoveryLog, 'utf8').catch(() => '');
    expect(await readdir(dataDirectory)).toEqual(
      expect.arrayContaining(['holdfast-recovery', 'recovery.signal']),
    );
    const wal = await readdir(join(dataDirectory, 'pg_wal')).catch(() => []);
    expect(wal.filter((name) => name.endsWith('.history'))).toEqual([]);
    const logFile = join(parent, 'log');
    await expect(attachServer(cluster.instance, { dataDirectory, logFile })).rejects.toThrow(
      OpsError,
    );
    startLog = await readFile(logFile, 'utf8');
    return error instanceof OpsError ? error.code : String(error);
  }

  /** Changes an object for the rest of the test. */
  async function damage(key: string): Promise<void> {
    onTestFinished(await flipBit(cluster.store, key));
  }

  const segmentAfterBackup = (): string =>
    segmentName(1, 1n + BigInt(`0x${backup.stopSegment.slice(16)}`), 1024 * 1024);

  test('a damaged part stops it', async () => {
    const part = backup.parts.at(-1);
    await damage(`${cluster.lineage.keys.backup(backup.id).prefix}${part?.name ?? ''}`);
    expect(await failure()).toBe('STORE-CORRUPT');
  });

  test('a damaged manifest stops it', async () => {
    await damage(cluster.lineage.keys.backup(backup.id).manifest);
    expect(await failure()).toBe('STORE-CORRUPT');
  });

  test('a segment that is damaged since the plan stops it; one that was before is refused', async () => {
    const harm = async (): Promise<void> => damage(cluster.lineage.keys.wal(segmentAfterBackup()));
    expect(await failure({}, harm)).toBe('STORE-CORRUPT');
    expect(startLog).toMatch(REFUSAL);
    await expect(planFrom(cluster, 'latest')).rejects.toMatchObject({ code: 'STORE-CORRUPT' });
  });

  test('a segment that is gone since the plan stops it', async () => {
    const key = cluster.lineage.keys.wal(segmentAfterBackup());
    const hidden: ObjectStore = withoutObject(cluster.store, key);
    expect(await failure({ store: hidden })).toBe('RESTORE-WAL');

    onTestFinished(await hideObject(cluster.store, key));
    await expect(planFrom(cluster, 'latest')).rejects.toMatchObject({ code: 'RESTORE-WINDOW' });
  });

  test('a store that cannot be reached stops it', async () => {
    const away = failingStore(cluster.store, cluster.lineage.keys.walPrefix);
    expect(await failure({ store: away })).toBe('STORE-UNAVAILABLE');
  });

  test.each([
    ['ends with 0', 'exit 0'],
    ['ends with 1', 'exit 1'],
    ['ends with 2', 'exit 2'],
    ['is garbage', '\u0000\u0001 if ( then "'],
  ])('a restore script that %s after the end of the backup stops it', async (_, text) => {
    const site = siteWithScriptAfter(backup.stopSegment, text);
    expect(await failure({ site })).toBe('RESTORE-ABORTED');
    expect(replayLog).toContain(`restored log file "${backup.stopSegment}"`);
  });

  test('a restore script that is gone after the end of the backup stops it', async () => {
    const site = siteWithScriptAfter(backup.stopSegment, undefined);
    expect(await failure({ site })).toBe('RESTORE-ABORTED');
    expect(replayLog).toContain(`restored log file "${backup.stopSegment}"`);
    expect(replayLog).toMatch(/sh: .*restore-command/);
  });

  test('a one-shot fetch without its interpreter, when nobody serves any more, stops it', async () => {
    const site = siteThatDiesAfter(backup.stopSegment, 'exec /nowhere/node');
    expect(await failure({ site })).toBe('RESTORE-ABORTED');
    expect(replayLog).toContain(`restored log file "${backup.stopSegment}"`);
    expect(replayLog).toContain('the one-shot fetch ended with 127');
  });

  test('an abort stops it, and its server', async () => {
    const abort = new AbortController();
    const report = ({ phase }: { phase: string }): void => {
      if (phase === 'replaying')
        setTimeout(() => abort.abort(new OpsError('ABORTED', 'enough')), 20);
    };
    const store = stalledStore(cluster.store, cluster.lineage.keys.walPrefix);
    expect(await failure({ signal: abort.signal, report, store })).toBe('ABORTED');
  });

  test('no sign of life for too long stops it', async () => {
    const plan = await planFrom(cluster, 'latest');
    const dataDirectory = join(await cluster.makeFolder('lifeless'), 'data');
    const store = stalledStore(cluster.store, cluster.lineage.keys.walPrefix);
    await expect(
      recover(
        plan,
        { dataDirectory, parallel: 2, patienceMs: 1_500 },
        contextOf(cluster, { store }),
      ),
    ).rejects.toMatchObject({ code: 'RESTORE-TIMEOUT' });
  });
});

type Interception = (key: string, signal: AbortSignal | undefined) => Promise<void>;

function intercepted(store: ObjectStore, before: Interception): ObjectStore {
  return new Proxy(store, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property);
      if (property !== 'get') return typeof value === 'function' ? value.bind(target) : value;
      return async (...[key, options]: Parameters<ObjectStore['get']>) => {
        await before(key, options?.signal);
        return target.get(key, options);
      };
    },
  });
}

function failingStore(store: ObjectStore, prefix: string): ObjectStore {
  return intercepted(store, async (key) => {
    if (key.startsWith(prefix)) throw new OpsError('STORE-UNAVAILABLE', 'the store is away');
  });
}

function stalledStore(store: ObjectStore, prefix: string): ObjectStore {
  return intercepted(store, async (key, signal) => {
    if (key.startsWith(prefix)) await systemClock.sleep(60_000, signal);
  });
}

function withoutObject(store: ObjectStore, absent: string): ObjectStore {
  const hidden = intercepted(store, async (key) => {
    if (key === absent) throw new OpsError('STORE-ABSENT', `there is no ${key}`);
  });
  return new Proxy(hidden, {
    get: (target, property) => {
      if (property !== 'list') return Reflect.get(target, property);
      return async function* (...args: Parameters<ObjectStore['list']>) {
        for await (const head of target.list(...args)) if (head.key !== absent) yield head;
      };
    },
  });
}
