import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { ExpiryTag } from '../../../../lib/core/contract/key-layout.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { ObjectStat, PutOptions } from '../../../../lib/core/ports/object-store.ts';
import { chooseHidden } from '../../../../lib/core/retention/undelete/chosen-hidden.ts';
import type { UndeleteRequest } from '../../../../lib/core/retention/undelete/hidden-choice.ts';
import {
  runUndelete,
  type Undeleted,
} from '../../../../lib/core/retention/undelete/run-undelete.ts';
import {
  type HiddenSurvey,
  surveyHidden,
} from '../../../../lib/core/retention/undelete/survey-hidden.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../../../lib/core/store/records.ts';
import { listKeys } from '../../../contract/store-helpers.ts';
import { putBackup } from '../../../support/backup-fixture.ts';
import {
  claimTestLineage,
  historyOf,
  putHistory,
  putSegment,
  segment,
} from '../../../support/wal-fixture.ts';

export const NOON = new Date(Date.UTC(2026, 10, 22, 12));
export const LATER = new Date(NOON.getTime() + 3_600_000);
export const OTHER = Buffer.from('somebody else was here');

/** Whose puts may fail once, after so many; keeps their order. */
export class WatchedStore extends MemoryObjectStore {
  readonly puts: string[] = [];
  left = Infinity;

  override async putIfAbsent(key: string, body: Uint8Array, options: PutOptions) {
    this.#count(key);
    return super.putIfAbsent(key, body, options);
  }

  override async putStream(key: string, chunks: AsyncIterable<Uint8Array>) {
    this.#count(key);
    return super.putStream(key, chunks);
  }

  #count(key: string): void {
    if (this.left === 0) throw new OpsError('STORE-UNAVAILABLE', 'the store is away');
    this.left -= 1;
    this.puts.push(key);
  }
}

export interface Sample {
  readonly store: WatchedStore;
  readonly lineage: Lineage;
  /** Start in segments 1 and 4, stop one later. */
  readonly backups: readonly [BackupRecord, BackupRecord];
}

/** Two backups and WAL of segments 1 to 6, with what belongs to it. */
export async function sample(): Promise<Sample> {
  const store = new WatchedStore();
  const lineage = await claimTestLineage(store);
  for (let number = 1; number <= 6; number += 1) {
    await putSegment(store, lineage, segment(number), { epoch: number, isIndexed: true });
  }
  await putHistory(store, lineage, historyOf(2, [[1, 6]]));
  const backups = [
    await putBackup(store, lineage, { start: 1, stop: 2, finishedAt: NOON }),
    await putBackup(store, lineage, { start: 4, stop: 5, finishedAt: LATER }),
  ] as const;
  store.puts.length = 0;
  return { store, lineage, backups };
}

export async function hide(
  { store }: { readonly store: MemoryObjectStore },
  isGone: (key: string) => boolean,
  now = NOON,
): Promise<readonly string[]> {
  const gone = (await listKeys(store, '')).filter(isGone);
  for (const key of gone) await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
  await store.expireTagged({ now, undeleteDays: 7 });
  return gone;
}

export async function stats(store: MemoryObjectStore): Promise<readonly Partial<ObjectStat>[]> {
  const all = [];
  for (const key of await listKeys(store, '')) {
    const stat = await store.head(key);
    all.push({ key, bytes: stat?.bytes, metadata: stat?.metadata });
  }
  return all;
}

export async function undelete(archive: Sample, request: UndeleteRequest): Promise<Undeleted> {
  return runUndelete(archive, await chooseHidden(archive, request));
}

export async function survey(archive: Sample, request: UndeleteRequest): Promise<HiddenSurvey> {
  return surveyHidden(await chooseHidden(archive, request), request);
}

export const ALL: UndeleteRequest = { choice: { kind: 'all' } };
export const ofBackup = (id: string): UndeleteRequest => ({ choice: { kind: 'backup', id } });
