import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { planFromStore } from '../../../../lib/core/restore/plan-from-store.ts';
import type {
  RecoveryChoices,
  RecoveryPlan,
} from '../../../../lib/core/restore/plan/recovery-plan.ts';
import { parseTarget } from '../../../../lib/core/restore/plan/target.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { WriterRecord } from '../../../../lib/core/store/records.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { putIndex } from '../../../../lib/core/wal/index/put-index.ts';
import type { IndexedArchive } from '../../../../lib/core/wal/index/read-index.ts';
import type { ParentTimeline } from '../../../../lib/core/wal/timeline-history.ts';
import { putBackup } from '../../../support/backup-fixture.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { claimTestLineage, lsnAt, putHistory, segment } from '../../../support/wal-fixture.ts';
import {
  commitRecord,
  limitsRecord,
  record,
  restorePointRecord,
  tablespaceRecord,
  type WrittenRecord,
  writeWal,
} from '../../../support/wal-writer.ts';

/** One event in WAL, so many seconds after midnight by the server's clock. */
export type PastEvent =
  | { readonly commit: number; readonly at: number }
  | { readonly abort: number; readonly at: number }
  | { readonly point: string; readonly at: number }
  | { readonly tablespace: string }
  | { readonly limits: readonly number[] };

/** A store with a past that is written event by event. */
export interface RecoveryStore {
  readonly archive: IndexedArchive;
  /** Archives a segment of 1 MiB with these events behind one record of no interest. */
  segment(
    number: number,
    events?: readonly PastEvent[],
    options?: { readonly timeline?: number; readonly isIndexed?: boolean },
  ): Promise<readonly WrittenRecord[]>;
  /** A timeline that left `parent` there. */
  branch(timeline: number, parent: number, leftAt: bigint): Promise<void>;
  /** A backup within segment `start`, finished so many seconds after midnight; gives its id. */
  backup(
    start: number,
    finishedAt: number,
    options?: { readonly timeline?: number; readonly stop?: number },
  ): Promise<string>;
  /** The next writer is on this timeline. */
  writer(timeline: number): Promise<void>;
  /** Plans at noon. */
  plan(target: string, choices?: RecoveryChoices): Promise<RecoveryPlan>;
  /** What {@link RecoveryStore.plan} told besides the plan. */
  readonly notes: readonly string[];
}

const MIDNIGHT = Date.UTC(2026, 10, 22);
const NOON = new Date(MIDNIGHT + 12 * 3_600_000);
const FILLER = record(10, 0, 1, Buffer.alloc(8));

/** The moment so many seconds after midnight, as a target; every event comes 789 microseconds later. */
export function timeAt(seconds: number, micros = 0): string {
  const digits = String(micros).padStart(3, '0');
  return new Date(MIDNIGHT + seconds * 1_000).toISOString().replace('Z', `${digits}Z`);
}

/** Starts with timeline 1 and nothing archived. */
export async function newRecoveryStore(): Promise<RecoveryStore> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const archive = { store, lineage };
  const notes: string[] = [];
  const parents = new Map<number, readonly ParentTimeline[]>();
  let epoch = 0;
  return {
    archive,
    notes,
    segment: async (number, events = [], { timeline = 1, isIndexed = true } = {}) => {
      const records = [FILLER, ...events.map(recordOf)];
      const { segments, written } = writeWal(lsnAt(number), records, timeline);
      const [bytes] = segments;
      if (bytes === undefined) throw new Error('a record makes a segment');
      const name = segment(number, timeline);
      await putSealed(store, lineage.keys.wal(name), bytes, { epoch: 1 });
      if (isIndexed) await putIndex(archive, name, bytes, { epoch: 1 });
      return written.slice(1);
    },
    branch: async (timeline, parent, leftAt) => {
      const left = { timeline: parent, endLsn: leftAt, reason: 'no recovery target specified' };
      const history = { timeline, parents: [...(parents.get(parent) ?? []), left] };
      parents.set(timeline, history.parents);
      await putHistory(store, lineage, history);
    },
    backup: async (start, finishedAt, options = {}) => {
      const at = new Date(MIDNIGHT + finishedAt * 1_000);
      const { id } = await putBackup(store, lineage, { start, ...options, finishedAt: at });
      return id;
    },
    writer: async (timeline) => {
      epoch += 1;
      const self = { instance: 'i', volume: 'v', dataDirInode: '1' };
      const writer = { epoch, ...self, timeline, since: NOON };
      await putRecord(store, lineage.keys.writer(epoch), WriterRecord, writer, { epoch });
    },
    plan: async (target, choices = {}) =>
      planFromStore(archive, parseTarget(target), choices, {
        clock: fakeClock(NOON),
        note: (text) => notes.push(text),
      }),
  };
}

function recordOf(event: PastEvent): Buffer {
  if ('tablespace' in event) return tablespaceRecord(16_400, event.tablespace);
  if ('limits' in event) return limitsRecord(event.limits);
  const timeMs = MIDNIGHT + event.at * 1_000;
  if ('point' in event) return restorePointRecord(event.point, timeMs);
  if ('commit' in event) return commitRecord(event.commit, timeMs);
  return commitRecord(event.abort, timeMs, { info: 0x20 });
}
