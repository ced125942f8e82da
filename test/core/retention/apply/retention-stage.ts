import { ExpiryTag } from '../../../../lib/core/contract/key-layout.ts';
import { RetentionPolicy } from '../../../../lib/core/config/retention-policy.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import {
  applyRetention,
  type AppliedRetention,
  type ApplyOptions,
  type RetentionDeps,
} from '../../../../lib/core/retention/apply/apply-retention.ts';
import { planAfresh } from '../../../../lib/core/retention/plan-afresh.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../../../lib/core/store/records.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { putBackup } from '../../../support/backup-fixture.ts';
import { type FakeClock, fakeClock } from '../../../support/fake-clock.ts';
import { followClock } from '../../../support/follow-clock.ts';
import { recordingLog, type RecordingLog } from '../../../support/recording-log.ts';
import { claimTestLineage, segment } from '../../../support/wal-fixture.ts';

/** An archive of some months, most of which a policy of five weeks lets go. */
export interface RetentionStage {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  /** Two that are let go, the one that the window needs, and the newest. */
  readonly backups: readonly BackupRecord[];
  days(count: number): Promise<void>;
  deps(policy?: Partial<RetentionPolicy>, store?: ObjectStore): RetentionDeps;
  apply(policy?: Partial<RetentionPolicy>, options?: ApplyOptions): Promise<AppliedRetention>;
  /** Keys below the lineage's prefix that are tagged so. */
  readonly tagged: (value: 'due' | 'kept') => Promise<readonly string[]>;
}

export const DAY_MS = 86_400_000;
/** Of the days and segments in which backups are made. */
export const MADE = [
  { day: 1, start: 2 },
  { day: 20, start: 5 },
  { day: 60, start: 8 },
  { day: 99, start: 11 },
] as const;
const SEGMENTS = 13;
/** When nothing else is said: most of the archive goes. */
export const SHORT = RetentionPolicy.parse({
  windowDays: 35,
  daily: 1,
  weekly: 0,
  monthly: 0,
  minBackups: 1,
});

/** Stores say by their own clocks when objects came, so the time goes on from now. */
export async function retentionStage(real: ObjectStore): Promise<RetentionStage> {
  const began = new Date();
  const clock = fakeClock(new Date(Date.now() + 100 * DAY_MS));
  const followed = followClock(clock, (key) => key.includes('/retention/plan/'));
  const store = followed(real);
  const lineage = await claimTestLineage(store);
  for (let number = 1; number <= SEGMENTS; number += 1) {
    // Nobody reads them here.
    for (const key of walKeys(lineage, number, number)) {
      await putSealed(store, key, Buffer.from(key), { epoch: 1 });
    }
  }
  const backups: BackupRecord[] = [];
  for (const { day, start } of MADE) {
    const finishedAt = new Date(began.getTime() + day * DAY_MS);
    backups.push(await putBackup(store, lineage, { start, finishedAt }));
  }
  const log = recordingLog();
  const deps: RetentionStage['deps'] = (policy = {}, other = store) => ({
    store: other === store ? store : followed(other),
    lineage,
    clock,
    log,
    holder: 'test',
    plan: async (options) =>
      planAfresh(
        { store: other, lineage, policy: { ...SHORT, ...policy }, now: clock.now() },
        options,
      ),
  });
  return {
    store,
    lineage,
    clock,
    log,
    backups,
    deps,
    days: async (count) => clock.advance(count * DAY_MS),
    apply: async (policy, options) => applyRetention(deps(policy), options),
    tagged: async (value) => {
      const keys: string[] = [];
      for await (const { key } of store.list(lineage.keys.prefix)) {
        const tags = await store.tags(key);
        if (tags[ExpiryTag.KEY] === value) keys.push(key);
      }
      return keys;
    },
  };
}

/** Keys of segments and their indexes, both ends included. */
export function walKeys({ keys }: Lineage, first: number, last: number): readonly string[] {
  const names = Array.from({ length: last - first + 1 }, (_, at) => segment(first + at));
  return names.flatMap((name) => [keys.wal(name), keys.walIndex(name)]);
}

/** Keys of a backup's own objects. */
export function backupKeys({ keys }: Lineage, { id, parts }: BackupRecord): readonly string[] {
  const own = keys.backup(id);
  return [own.record, own.manifest, ...parts.map((_, index) => own.part(index + 1))];
}
