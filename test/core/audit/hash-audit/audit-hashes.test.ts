import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  auditHashes,
  type HashAuditDeps,
} from '../../../../lib/core/audit/hash-audit/audit-hashes.ts';
import type { HashRecord } from '../../../../lib/core/audit/hash-audit/hash-record.ts';
import { hashAgeDays } from '../../../../lib/core/audit/hash-audit/rotation.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { codeOf, listKeys, sourceOf } from '../../../contract/store-helpers.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { flipBit, swapObjects, truncateObject } from '../../../support/store-tampering.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { makeSampleStore, type SampleStore } from '../sample-store.ts';

const DAY_MS = 86_400_000;

let sample: SampleStore;
let url: string;
/** Everything is older, and what the audits put is not. */
let begin: Date;

beforeEach(async () => {
  const folder = await temporaryFolder();
  sample = await makeSampleStore(folder);
  url = pathToFileURL(folder).href;
  begin = new Date();
});

/** The audit of a day, counted from the first. */
async function auditOn(day: number, changes: Partial<HashAuditDeps> = {}): Promise<HashRecord> {
  return auditHashes({
    store: sample.store,
    lineage: sample.lineage,
    clock: fakeClock(new Date(begin.getTime() + day * DAY_MS)),
    isTimeUp: () => false,
    parallel: 2,
    ...changes,
  });
}

describe('auditHashes', () => {
  test('reads every object within 28 days, each once, and finds a whole store in order', async () => {
    const keys = await listKeys(sample.store, sample.lineage.keys.prefix);
    const { walPrefix, basePrefix, auditPrefix } = sample.lineage.keys;
    const times = new Map<string, number>();
    for (let day = 0; day < 28; day += 1) {
      const get = vi.spyOn(sample.store, 'get');
      const record = await auditOn(day);
      const read = get.mock.calls.map(([key]) => key);
      get.mockRestore();
      expect(record.findings).toEqual({ listed: [], more: 0 });
      expect(record.sweep).toBeUndefined();
      expect(hashAgeDays(record, record.at)).toBeLessThanOrEqual(28);
      for (const key of new Set(read)) times.set(key, (times.get(key) ?? 0) + 1);
    }
    const unread = keys.filter((key) => !times.has(key));
    expect(unread.filter((key) => !key.startsWith(auditPrefix))).toEqual([]);
    const parts = keys.filter((key) => key.startsWith(walPrefix) || key.includes('/part-'));
    for (const key of parts.filter((one) => !one.endsWith('.history.zst')))
      expect(times.get(key)).toBe(1);
    expect(keys.some((key) => key.startsWith(basePrefix))).toBe(true);
  });

  test('reads all of it at once when asked to', async () => {
    const heads = await Array.fromAsync(sample.store.list(sample.lineage.keys.prefix));
    const record = await auditOn(0, { isWhole: true });
    const indexes = heads.filter(({ key }) => key.startsWith(sample.lineage.keys.walIndexPrefix));
    expect(record.readObjects).toBe(heads.length - indexes.length);
    expect(record.findings.listed).toEqual([]);
  });

  test.each([
    ['a segment', () => sample.lineage.keys.wal(segment(3))],
    ['the index of a segment', () => sample.lineage.keys.walIndex(segment(3))],
    ['a history', () => sample.lineage.keys.wal('00000002.history')],
    ['a part', () => sample.lineage.keys.backup(sample.backup.id).part(2)],
    ['a manifest', () => sample.lineage.keys.backup(sample.backup.id).manifest],
    ['a record of a writer', () => sample.lineage.keys.writer(1)],
  ])('names %s whose bytes were tampered with, until it is whole again', async (_, keyOf) => {
    const key = keyOf();
    const mend = await flipBit({ url }, key);
    const { findings } = await auditOn(0, { isWhole: true });
    expect(findings.listed).toMatchObject([{ object: key, severity: 'fault' }]);
    expect(['STORE-CORRUPT', 'STORE-FORMAT']).toContain(findings.listed[0]?.code);
    // The next day nothing of it is due; it is read all the same.
    expect((await auditOn(1)).findings.listed).toMatchObject([{ object: key }]);
    await mend();
    expect((await auditOn(2)).findings.listed).toEqual([]);
  });

  test.each([
    ['a segment', () => sample.lineage.keys.wal(segment(4))],
    ['a part', () => sample.lineage.keys.backup(sample.backup.id).part(1)],
  ])('names %s that was truncated', async (_, keyOf) => {
    await truncateObject({ url }, keyOf());
    const { findings } = await auditOn(0, { isWhole: true });
    expect(findings.listed.map(({ object }) => object)).toEqual(
      // A part of another size makes its backup none: the audit of the archive names it.
      keyOf().includes('/part-') ? [] : [keyOf()],
    );
  });

  test('names both of two segments that were swapped', async () => {
    const { keys } = sample.lineage;
    const swapped = [keys.wal(segment(2)), keys.wal(segment(4))] as const;
    await swapObjects({ url }, ...swapped);
    const { findings } = await auditOn(0, { isWhole: true });
    expect(findings.listed).toMatchObject(swapped.map((object) => ({ code: 'WAL-PAGE', object })));
  });

  test('names both of two parts that were swapped', async () => {
    const keys = sample.lineage.keys.backup(sample.backup.id);
    await swapObjects({ url }, keys.part(1), keys.part(2));
    const { findings } = await auditOn(0, { isWhole: true });
    expect(findings.listed).toMatchObject([
      { code: 'STORE-CORRUPT', object: keys.part(1) },
      { code: 'STORE-CORRUPT', object: keys.part(2) },
    ]);
  });

  test('stops within its bytes and goes on there, to the same end', async () => {
    const bad = sample.lineage.keys.wal(segment(6, 2));
    await flipBit({ url }, bad);
    let record = await auditOn(0, { isWhole: true, maxBytes: 1 });
    let readObjects = record.readObjects;
    for (let day = 0.001; record.sweep !== undefined; day += 0.001) {
      record = await auditOn(day, { maxBytes: 1 });
      readObjects += record.readObjects;
    }
    expect(record.findings.listed).toMatchObject([{ object: bad }]);
    const keys = await listKeys(sample.store, sample.lineage.keys.prefix);
    expect(readObjects).toBeGreaterThanOrEqual(
      keys.filter((key) => !key.includes('/audit/') && !key.includes('/wal-index/')).length,
    );
    expect(hashAgeDays(record, record.at)).toBeLessThan(1);
  });

  test('keeps what was read when it is stopped, and says why it ended', async () => {
    const stop = new AbortController();
    const { signal } = stop;
    const onProgress = (objects: number): void => {
      if (objects === 3) stop.abort(new OpsError('ABORTED', 'ended by SIGTERM'));
    };
    expect(await codeOf(auditOn(0, { isWhole: true, signal, onProgress }))).toBe('ABORTED');
    const record = await auditOn(0.01);
    expect(record.sweep).toBeUndefined();
    expect(hashAgeDays(record, record.at)).toBeLessThan(1);
  });

  test('forgets nothing that was damaged when it is stopped before it has read it again', async () => {
    const { keys } = sample.lineage;
    const damaged = [keys.wal(segment(3)), keys.wal(segment(4))];
    for (const key of damaged) await flipBit({ url }, key);
    await auditOn(0, { isWhole: true });
    const stop = new AbortController();
    stop.abort(new OpsError('ABORTED', 'ended by SIGTERM'));
    const head = vi.spyOn(sample.store, 'head').mockRejectedValueOnce(stop.signal.reason);
    expect(await codeOf(auditOn(1))).toBe('ABORTED');
    head.mockRestore();
    expect((await auditOn(2)).findings.listed.map(({ object }) => object)).toEqual(damaged);
  });

  test('remembers damage that was too much to be listed, until it is whole again', async () => {
    const { keys } = sample.lineage;
    const extra = Array.from({ length: 230 }, (_, index) => keys.wal(segment(100 + index)));
    for (const key of extra) await sample.store.putStream(key, sourceOf(Buffer.from('?')));
    const { findings } = await auditOn(0, { isWhole: true });
    const many = findings.listed.length + findings.more;
    expect(findings.listed).toHaveLength(200);
    expect(many).toBeGreaterThan(200);
    expect((await auditOn(1)).findings).toMatchObject({ more: findings.more });
    // In pieces, of which each sees some.
    let asked = 0;
    const isTimeUp = (): boolean => (asked += 1) % 100 === 0;
    let record = await auditOn(28, { isTimeUp });
    expect(record.sweep).toBeDefined();
    expect(record.findings.more).toBe(findings.more);
    for (let day = 28.001; record.sweep !== undefined; day += 0.001) {
      record = await auditOn(day, { isTimeUp });
    }
    expect(record.findings.more).toBe(findings.more);
    await rm(join(fileURLToPath(url), keys.walPrefix), { recursive: true });
    for (const day of [56, 57]) {
      expect((await auditOn(day)).findings).toEqual({ listed: [], more: 0 });
    }
  });
});
