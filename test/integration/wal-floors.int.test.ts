import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { RetentionPolicy } from '../../lib/core/config/retention-policy.ts';
import { applyRetention } from '../../lib/core/retention/apply/apply-retention.ts';
import { planAfresh } from '../../lib/core/retention/plan-afresh.ts';
import { readFloors } from '../../lib/core/retention/read-floors.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { followClock } from '../support/follow-clock.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

const DAY_MS = 86_400_000;
/** What the archiver may take for three failures, and some. */
const PAUSE_MS = 120_000;
const POLICY = RetentionPolicy.parse({ daily: 0, weekly: 0, monthly: 0, minBackups: 1 });

let cluster: ProtectedCluster;
/** The first segment that is kept. */
let floor: string;

beforeAll(async () => {
  // It keeps in pg_wal all the WAL that it ever wrote.
  cluster = await startProtectedCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

/** Two backups with WAL before, between and after, then all that the newer one does not need goes. */
async function archiveAndExpire(): Promise<void> {
  const agent = cluster.startAgent();
  await agent.logged('agent.started');
  await cluster.writeSegments(2);
  await backUp();
  await cluster.writeSegments(3);
  await backUp();
  await cluster.drained();
  expect(await agent.stop()).toBe(0);
  floor = await expire();
}

async function backUp(): Promise<void> {
  const { exitCode, stderr } = await cluster.holdfast(['backup', ...place()]);
  expect([exitCode, stderr]).toEqual([0, expect.anything()]);
}

function place(): readonly string[] {
  return ['--store', cluster.storeUrl, '--cluster', 'orders'];
}

/** Lets go of the older backup and of all WAL before the newer one, as a year would. */
async function expire(): Promise<string> {
  const lineage = await cluster.lineage();
  const clock = fakeClock(new Date(systemClock.now().getTime() + 100 * DAY_MS));
  const store = followClock(clock, (key) => key.includes('/retention/plan/'))(cluster.store);
  const apply = async (): Promise<number> => {
    const plan = async (): ReturnType<typeof planAfresh> =>
      planAfresh({ store, lineage, policy: POLICY, now: clock.now() });
    const deps = { store, lineage, clock, log: recordingLog(), holder: 'test', plan };
    return (await applyRetention(deps)).tagged.objects;
  };
  expect(await apply()).toBe(0);
  await clock.advance(7 * DAY_MS);
  expect(await apply()).toBeGreaterThan(8);
  const floors = await readFloors(store, lineage);
  return floors.get(1) ?? '';
}

async function storedSegments(): Promise<readonly string[]> {
  return (await readStoredWal(cluster)).segments;
}

/** What was let go and lies in pg_wal, archived as PostgreSQL knows it. */
async function expiredHere(): Promise<readonly string[]> {
  const marks = await readdir(join(cluster.server.dataDirectory, 'pg_wal', 'archive_status'));
  const done = marks.flatMap((mark) => /^([0-9A-F]{24})\.done$/.exec(mark)?.[1] ?? []);
  return done.filter((name) => name < floor).toSorted();
}

describe('WAL that was let go', () => {
  test('is not stored again by an agent that finds it in pg_wal, and new WAL is', async () => {
    await archiveAndExpire();
    const before = await storedSegments();
    expect(before.filter((name) => name < floor)).toEqual([]);
    expect(before.length).toBeGreaterThan(0);
    expect((await expiredHere()).length).toBeGreaterThan(3);
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    const last = await cluster.writeSegments(3);
    await cluster.drained();
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ first: segments[0], last: segments.at(-1), different, gaps }).toEqual({
      first: before[0],
      last,
      different: [],
      gaps: [],
    });
    expect(await cluster.failedCount()).toBe(0);
    expect(await agent.stop()).toBe(0);
  });

  test(
    'is refused by name where PostgreSQL offers it, holds no other up, and is let go by hand',
    { timeout: 240_000 },
    async () => {
      const [expired = ''] = await expiredHere();
      const status = join(cluster.server.dataDirectory, 'pg_wal', 'archive_status');
      const agent = cluster.startAgent();
      await agent.logged('agent.started');
      await rename(join(status, `${expired}.done`), join(status, `${expired}.ready`));
      await agent.logged('wal.segment.refused', {
        wal_segment: expired,
        error_code: 'WAL-EXPIRED',
      });
      const last = await cluster.writeSegments(2);
      await until('later WAL is stored', async () => (await storedSegments()).at(-1) === last);
      expect(await agent.stop()).toBe(0);
      const words = [
        ...place(),
        '--data-dir',
        cluster.server.dataDirectory,
        '--spool',
        cluster.spool,
      ];
      const push = await cluster.holdfast(['wal-push', ...words, expired]);
      expect([push.exitCode, push.stderr]).toEqual([50, expect.stringContaining('WAL-EXPIRED')]);
      const again = cluster.startAgent();
      await again.logged('agent.started');
      await rename(join(status, `${expired}.ready`), join(status, `${expired}.done`));
      // After three failures, 12 seconds each, the archiver pauses, until there is more to archive.
      await cluster.writeSegments(1);
      const isDrained = async (): Promise<boolean> => (await cluster.ready()).length === 0;
      await until('PostgreSQL has nothing to archive', isDrained, PAUSE_MS);
      expect((await storedSegments()).filter((name) => name < floor)).toEqual([]);
    },
  );
});
