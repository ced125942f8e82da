import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { type BatchOutcome, judgeTags } from '../../../../lib/core/guard/tags/judge-tags.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import { AppliedRecord, UndoneRecord } from '../../../../lib/core/retention/applied-record.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { recordingLog, type RecordingLog } from '../../../support/recording-log.ts';
import {
  recordingTelemetry,
  type RecordingTelemetry,
} from '../../../support/recording-telemetry.ts';
import { claimTestLineage, segment } from '../../../support/wal-fixture.ts';
import { bucketMessage } from './samples.ts';

const BACKUP = '20261001T010000Z-1-000000010000000000000002';
const APPLIED_AT = new Date('2026-12-01T05:00:00.000Z');
const DUE = { 'holdfast-expiry': 'due' };

interface Stage {
  readonly store: MemoryObjectStore;
  readonly lineage: Lineage;
  readonly log: RecordingLog;
  readonly telemetry: RecordingTelemetry;
  judge(messages: readonly unknown[], store?: ObjectStore): Promise<BatchOutcome>;
  /** Puts an object with these tags. */
  put(key: string, tags?: Readonly<Record<string, string>>): Promise<string>;
}

async function stage(): Promise<Stage> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const log = recordingLog();
  const telemetry = recordingTelemetry();
  const { signal } = new AbortController();
  return {
    store,
    lineage,
    log,
    telemetry,
    judge: async (messages, given = store) => {
      const Records = messages.map((body, index) => ({
        messageId: `m${index}`,
        body: JSON.stringify(body),
      }));
      return judgeTags({ Records }, { cluster: 'orders', store: given, telemetry, log, signal });
    },
    put: async (key, tags = DUE) => {
      await store.putIfAbsent(key, Buffer.from('x'), { epoch: 1, plainSha256: 'x' });
      await store.tag(key, tags);
      return key;
    },
  };
}

async function letGo({ store, lineage }: Stage, at = APPLIED_AT): Promise<void> {
  const id = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  await putRecord(
    store,
    lineage.keys.retention.applied(id),
    AppliedRecord,
    {
      planId: id,
      agreedWith: '20261124T050000Z',
      at,
      backups: [BACKUP],
      wal: [{ first: segment(2), last: segment(5) }],
      floors: [],
    },
    { epoch: 0 },
  );
}

const NOTHING_AGAIN = { batchItemFailures: [] };

describe('a tag', () => {
  test('on what two plans let go is right, and asks for no tag of any object', async () => {
    const at = await stage();
    await letGo(at);
    const { keys } = at.lineage;
    const part = `${segment(4)}.partial`;
    const gone = [
      keys.backup(BACKUP).record,
      keys.backup(BACKUP).part(7),
      keys.wal(segment(2)),
      keys.wal(segment(5)),
      keys.walIndex(segment(3)),
      keys.walPartial(part, 'a'.repeat(64)),
      keys.wal(`${segment(3)}.00000028.backup`),
      `${keys.tailPrefix}00000001/${segment(4)}/00000001-0-9.zst`,
    ];
    // None of them is in the store: to ask for the tags of one would fail.
    expect(await at.judge(gone.map((key) => bucketMessage({ key })))).toEqual(NOTHING_AGAIN);
    expect(at.telemetry.flushed).toEqual([{}]);
    expect(at.log.lines.at(-1)?.fields).toMatchObject({ let_go: gone.length, strangers: 0 });
  });

  test('on anything else is a stranger’s, and is told of by name', async () => {
    const at = await stage();
    await letGo(at);
    const { keys } = at.lineage;
    const strangers = await Promise.all(
      [
        keys.backup('20261002T010000Z-1-000000010000000000000003').record,
        keys.wal(segment(6)),
        keys.walIndex(segment(1)),
        keys.wal(segment(3, 2)),
        keys.identity,
        keys.hold('h'),
        keys.wal('00000002.history'),
        'orders/readme.txt',
        'orders/99-18/wal/a',
      ].map(async (key) => (key === keys.identity ? tagged(at, key) : at.put(key))),
    );
    await at.judge(strangers.map((key) => bucketMessage({ key })));
    expect(at.telemetry.flushed).toEqual([{ TagStrangers: strangers.length }]);
    const told = at.log.lines.filter(({ event }) => event === 'guard.tag.stranger');
    const keysTold = told.map(({ fields }) => fields['object_key']);
    expect(new Set(keysTold)).toEqual(new Set(strangers));
    expect(told[0]?.fields).toMatchObject({ requester: '111111111111', source_ip: '203.0.113.9' });
  });

  test('that is "kept", another one, or none is fine', async () => {
    const at = await stage();
    const keys = [
      await at.put('orders/a', { 'holdfast-expiry': 'kept' }),
      await at.put('orders/b', { team: 'x' }),
      await at.put('orders/c', {}),
    ];
    const untagged = bucketMessage({ key: keys[0] ?? '', type: 'Object Tags Deleted' });
    await at.judge([...keys.map((key) => bucketMessage({ key })), untagged]);
    expect(at.telemetry.flushed).toEqual([{}]);
  });

  test('on what nobody let go and is hidden already is a stranger’s', async () => {
    const at = await stage();
    await at.judge([bucketMessage({ key: at.lineage.keys.wal(segment(9)) })]);
    expect(at.telemetry.flushed).toEqual([{ TagStrangers: 1 }]);
  });

  test('before anything was let go, or after it was undone, is a stranger’s', async () => {
    const at = await stage();
    await letGo(at);
    const key = await at.put(at.lineage.keys.wal(segment(3)));
    await at.judge([bucketMessage({ key, time: '2026-12-01T04:59:00Z' })]);
    const undone = { at: new Date('2026-12-01T06:00:00.000Z'), by: 'ada', reason: 'a mistake' };
    const undoneKey = at.lineage.keys.retention.undone('20261201T060000Z');
    await putRecord(at.store, undoneKey, UndoneRecord, undone, { epoch: 0 });
    await at.judge([bucketMessage({ key, time: '2026-12-01T05:30:00Z' })]);
    // Who tags was still at it.
    await at.judge([bucketMessage({ key, time: '2026-12-01T06:05:00Z' })]);
    await at.judge([bucketMessage({ key, time: '2026-12-01T07:00:00Z' })]);
    expect(at.telemetry.flushed).toEqual([{ TagStrangers: 1 }, {}, {}, { TagStrangers: 1 }]);
  });

  test('costs few reads however much was let go before', async () => {
    const at = await stage();
    for (let day = 1; day <= 25; day += 1) {
      await letGo(at, new Date(`2026-10-${String(day).padStart(2, '0')}T05:00:00.000Z`));
    }
    let reads = 0;
    const counting = new Proxy(at.store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'get') reads += 1;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const key = at.lineage.keys.wal(segment(3));
    const batch = Array.from({ length: 300 }, () => bucketMessage({ key }));
    await at.judge(batch, counting);
    expect(reads).toBe(11);
  });
});

describe('a deletion', () => {
  test('by a person is told of, by the bucket’s own rules not', async () => {
    const at = await stage();
    await at.judge([
      bucketMessage({
        key: 'orders/a',
        type: 'Object Deleted',
        detail: { reason: 'DeleteObject', 'deletion-type': 'Delete Marker Created' },
      }),
      bucketMessage({
        key: 'orders/b',
        type: 'Object Deleted',
        detail: { reason: 'Lifecycle Expiration', requester: 's3.amazonaws.com' },
      }),
    ]);
    expect(at.telemetry.flushed).toEqual([{ DeletedByHand: 1 }]);
    expect(at.log.lines[0]).toMatchObject({
      level: 'warn',
      event: 'guard.object.deleted',
      fields: { object_key: 'orders/a', deletion: 'Delete Marker Created' },
    });
  });
});

describe('what cannot be judged', () => {
  test('comes again, and nothing else does', async () => {
    const at = await stage();
    const key = await at.put('orders/a');
    const outcome = await at.judge([
      { 'detail-type': 'Object Created' },
      bucketMessage({ key }),
      'text',
      bucketMessage({ key: 'orders/../b' }),
    ]);
    expect(outcome.batchItemFailures).toEqual([
      { itemIdentifier: 'm0' },
      { itemIdentifier: 'm2' },
      { itemIdentifier: 'm3' },
    ]);
    expect(at.telemetry.flushed).toEqual([{ TagStrangers: 1 }]);
    const codes = at.log.lines.flatMap(({ event, fields }) =>
      event === 'guard.tag.not_judged' ? [fields['error_code']] : [],
    );
    expect(codes).toEqual(expect.arrayContaining(['CONFIG-EVENT', 'STORE-KEY']));
    expect(codes).toHaveLength(3);
  });

  test('is the whole batch when the records cannot be read', async () => {
    const at = await stage();
    const denied = new Proxy(at.store, {
      get: (target, name) =>
        name === 'get'
          ? async () => {
              throw new OpsError('STORE-DENIED', 'no', { hint: 'see why' });
            }
          : Reflect.get(target, name, target),
    });
    await expect(
      at.judge([bucketMessage({ key: at.lineage.keys.identity })], denied),
    ).rejects.toMatchObject({ code: 'STORE-DENIED' });
  });
});

async function tagged({ store }: Stage, key: string): Promise<string> {
  await store.tag(key, DUE);
  return key;
}
