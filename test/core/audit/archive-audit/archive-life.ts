import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { auditArchive } from '../../../../lib/core/audit/archive-audit/audit-archive.ts';
import type { AuditRecord } from '../../../../lib/core/audit/archive-audit/audit-record.ts';
import { occurrenceId } from '../../../../lib/core/contract/deployed-names.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import { AppliedRecord } from '../../../../lib/core/retention/applied-record.ts';
import { claimLineage, type Lineage } from '../../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { claimWriter } from '../../../../lib/core/store/writer-epoch.ts';
import { historyName } from '../../../../lib/core/wal/archive-file.ts';
import type { TimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { putBackup } from '../../../support/backup-fixture.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { type LifeStore, lifeStore } from '../../../support/life-store.ts';
import { recordingLog } from '../../../support/recording-log.ts';
import {
  claimTestLineage,
  historyOf,
  LINEAGE_IDENTITY,
  putHistory,
  putSegment,
  segment,
} from '../../../support/wal-fixture.ts';

/** When every life begins. */
export const BEGIN = new Date('2026-11-22T00:00:00.000Z');
const SELF = { instance: 'i-1', volume: 'vol-1', dataDirInode: '17' };
const HOUR_MS = 3_600_000;
const DEFAULTS = { windowDays: 35, failedAfterHours: 24, isTimeUp: () => false };

/** All segments and backups that any life may have: made once, because they take time. */
const source = new MemoryObjectStore();
const made = new Set<string>();

/** The life of an archive, told step by step. */
export interface ArchiveLife extends LifeStore {
  readonly lineage: Lineage;
  now(): Date;
  /** Time goes on. */
  wait(hours: number): void;
  /** Archives a segment, with its index. */
  archive(number: number, timeline?: number): Promise<void>;
  /** Stores a backup within the segment. */
  backUp(start: number, timeline?: number): Promise<string>;
  /** A new timeline that leaves its parents at the numbered segments. */
  promote(
    timeline: number,
    parents: readonly (readonly [number, number])[],
  ): Promise<TimelineHistory>;
  /** Retention lets go of backups, and of WAL of timeline 1 before a segment. */
  letGo(backups: readonly string[], before: number): Promise<void>;
  /** One audit, as a schedule would call for it. */
  audit(changes?: Partial<typeof DEFAULTS>): Promise<AuditRecord>;
  /** What an audit would see that knows of no other. */
  auditAnew(): Promise<AuditRecord>;
}

/** A lineage with a writer and nothing else. */
export async function beginLife(): Promise<ArchiveLife> {
  const life = lifeStore(source);
  const { store } = life;
  const lineage = await claimLineage(store, LINEAGE_IDENTITY);
  await claimTestLineage(source).catch(() => undefined);
  const { keys } = lineage;
  let elapsedMs = 0;
  const now = (): Date => new Date(BEGIN.getTime() + elapsedMs);
  const context = { store, lineage, log: recordingLog() };
  await claimWriter({ ...context, clock: fakeClock(now()) }, { ...SELF, timeline: 1 });
  const run = async (on: ObjectStore, changes: Partial<typeof DEFAULTS>): Promise<AuditRecord> =>
    auditArchive({
      store: on,
      lineage,
      clock: fakeClock(now()),
      id: occurrenceId(now()),
      ...DEFAULTS,
      ...changes,
    });
  return {
    ...life,
    lineage,
    now,
    wait: (hours) => {
      elapsedMs += hours * HOUR_MS;
    },
    archive: async (number, timeline = 1) => {
      const name = segment(number, timeline);
      if (!made.has(name)) {
        const commits = [new Date(BEGIN.getTime() + number * 60_000)];
        await putSegment(source, lineage, name, { commits, isIndexed: true });
        made.add(name);
      }
      life.show(keys.wal(name), now());
      life.show(keys.walIndex(name), now());
    },
    backUp: async (start, timeline = 1) => {
      const finishedAt = new Date(BEGIN.getTime() + start * 60_000 + timeline);
      const own = `${start}-${timeline}`;
      if (!made.has(own)) {
        await putBackup(source, lineage, { start, timeline, finishedAt });
        made.add(own);
      }
      const id = (await Array.fromAsync(source.folders(keys.basePrefix))).find((name) =>
        name.endsWith(segment(start, timeline)),
      );
      if (id === undefined) throw new Error(`no backup starts in ${start}`);
      await life.showAll(keys.backup(id).prefix, now());
      return id;
    },
    promote: async (timeline, parents) => {
      const history = historyOf(timeline, parents);
      await putHistory(store, lineage, history);
      life.date(keys.wal(historyName(timeline)), now());
      await claimWriter({ ...context, clock: fakeClock(now()) }, { ...SELF, timeline });
      return history;
    },
    letGo: async (backups, before) => {
      const id = occurrenceId(now());
      const last = segment(before - 1);
      const record: AppliedRecord = {
        planId: id,
        agreedWith: id,
        at: now(),
        backups: [...backups],
        wal: before > 1 ? [{ first: segment(1), last }] : [],
        floors: [{ timeline: 1, before: segment(before) }],
      };
      await putRecord(store, keys.retention.applied(id), AppliedRecord, record, { epoch: 0 });
    },
    audit: async (changes = {}) => run(store, changes),
    auditAnew: async () => run(withoutAudits(store, keys.auditPrefix), {}),
  };
}

/** `store` as it would be if nobody had audited it; what an audit puts goes nowhere. */
function withoutAudits(store: ObjectStore, auditPrefix: string): ObjectStore {
  const aside = new MemoryObjectStore();
  return {
    ...store,
    putIfAbsent: async (...call) => aside.putIfAbsent(...call),
    get: async (key, options) =>
      key.startsWith(auditPrefix) ? aside.get(key, options) : store.get(key, options),
    async *list(prefix, options) {
      for await (const head of store.list(prefix, options)) {
        if (!head.key.startsWith(auditPrefix)) yield head;
      }
    },
  };
}
