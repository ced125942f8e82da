import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { PgWalDirectory } from '../../../lib/core/adapters/wal/pg-wal-directory.ts';
import type { ClusterServer } from '../../../lib/core/ports/cluster-server.ts';
import type { Resolution } from '../../../lib/core/resolve/plan-resolution.ts';
import {
  assertWriter,
  type ResolutionContext,
  runResolution,
} from '../../../lib/core/resolve/run-resolution.ts';
import { readGaps } from '../../../lib/core/store/gap-log.ts';
import { claimWriter } from '../../../lib/core/store/writer-epoch.ts';
import { SERVER } from '../../support/backup-fixture.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { gapRecord } from '../../support/gap-fixture.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { claimTestLineage, lsnAt } from '../../support/wal-fixture.ts';

const SELF = { instance: 'i-1', volume: 'vol-1', dataDirInode: '17' };

let context: ResolutionContext;
/** Number of the segment that the server writes. */
let writing = 5;
let backups = 0;

beforeEach(async () => {
  writing = 5;
  backups = 0;
  const store = new MemoryObjectStore();
  context = {
    store,
    lineage: await claimTestLineage(store),
    wal: new PgWalDirectory('/nowhere'),
    controlData: async () => {
      throw new Error('not asked for');
    },
    clock: fakeClock(),
    log: recordingLog(),
    server: serverAt(1),
    backUp: async () => `backup-${(backups += 1)}`,
  };
});

function serverAt(timeline: number): ClusterServer {
  const answers: Partial<ClusterServer> = {
    describe: async () => ({ ...SERVER, timeline }),
    currentLsn: async () => lsnAt(writing) + 40n,
    switchWal: async () => lsnAt((writing += 1)),
  };
  return new Proxy({} as ClusterServer, {
    get: (_, name) => Reflect.get(answers, name) ?? (() => Promise.reject(new Error(String(name)))),
  });
}

function resolution(last: number, more: Partial<Resolution> = {}): Resolution {
  const record = gapRecord('poisoned', 5, last);
  return { gap: record, record, anchor: undefined, lostBackups: [], ...more };
}

describe('runResolution', () => {
  test('gets the server past the other history before it backs up', async () => {
    context = { ...context, backUp: async () => `backup-at-${writing}` };
    const gapId = gapRecord('poisoned', 5).id;
    expect(await runResolution(resolution(8), context)).toEqual({ gapId, backupId: 'backup-at-9' });
    const [gap] = await readGaps(context.store, context.lineage);
    expect(gap).toMatchObject({ id: gapId, anchor: 'backup-at-9' });
  });

  test('changes nothing when the other history is too far ahead', async () => {
    await expect(runResolution(resolution(69), context)).rejects.toMatchObject({
      code: 'WAL-RESOLVE',
      details: { segments: 65 },
    });
    expect(await readGaps(context.store, context.lineage)).toEqual([]);
    expect(writing).toBe(5);
    // On a timeline of its own it need not get past anything.
    context = { ...context, server: serverAt(2) };
    expect(await runResolution(resolution(69), context)).toMatchObject({ backupId: 'backup-1' });
  });

  test('goes on after a backup that failed, and finds its anchor when it is asked again', async () => {
    const failing = { ...context, backUp: async () => Promise.reject(new Error('no room')) };
    await expect(runResolution(resolution(5), failing)).rejects.toThrow('no room');
    expect(await readGaps(context.store, context.lineage)).toMatchObject([{ anchor: undefined }]);
    const rest = resolution(5, { record: undefined });
    expect(await runResolution(rest, context)).toMatchObject({ backupId: 'backup-1' });
    expect(await runResolution(rest, context)).toMatchObject({ backupId: 'backup-1' });
  });

  test('takes no backup when one starts behind the gap', async () => {
    const anchored = resolution(60, { anchor: 'backup-of-monday' });
    expect(await runResolution(anchored, context)).toMatchObject({ backupId: 'backup-of-monday' });
    expect({ backups, writing }).toEqual({ backups: 0, writing: 5 });
  });
});

describe('assertWriter', () => {
  test('refuses any server but the standing writer', async () => {
    await expect(assertWriter(context, SELF)).rejects.toMatchObject({ code: 'WAL-RESOLVE' });
    await claimWriter(context, { ...SELF, timeline: 1 });
    expect(await assertWriter(context, SELF)).toMatchObject({ epoch: 1 });
    const other = { ...SELF, dataDirInode: '18' };
    await expect(assertWriter(context, other)).rejects.toMatchObject({
      code: 'WAL-RESOLVE',
      details: { epoch: 1 },
    });
  });
});
