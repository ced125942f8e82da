import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecoverySpool } from '../../../../lib/core/ports/recovery-spool.ts';
import { createWalServer, type WalServer } from '../../../../lib/core/restore/wal/serve-wal.ts';
import type { SegmentRun } from '../../../../lib/core/wal/continuity.ts';
import { segmentName } from '../../../../lib/core/wal/segment.ts';
import { backupFrom } from '../plan/recovery-model.ts';
import { hideAt } from '../../../contract/store-hidden.contract.ts';
import { archiveOf, refusingStore } from './wal-archive.ts';

const SEGMENT_BYTES = 1024 * 1024;
const nameOf = (number: number): string => segmentName(1, BigInt(number), SEGMENT_BYTES);
const past = { segments: 40, perSegment: 1, missing: new Set<number>(), backups: [1] };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A spool whose script is the test itself. */
class TestSpool implements RecoverySpool {
  readonly path = '/spool';
  readonly ready = new Set<string>();
  readonly absent = new Set<string>();
  readonly failed = new Map<string, string>();
  asked: string[] = [];
  taken: string[] = [];
  beats = 0;

  async calls() {
    const calls = { asked: this.asked, taken: this.taken };
    [this.asked, this.taken] = [[], []];
    return calls;
  }
  isReady = async (name: string) => this.ready.has(name);
  offer = async (name: string) => void this.ready.add(name);
  proveAbsent = async (name: string) => void this.absent.add(name);
  fail = async (name: string, reason: string) => void this.failed.set(name, reason);
  async beat() {
    this.beats += 1;
  }
  take(name: string): void {
    this.ready.delete(name);
    this.taken.push(name);
  }
}

interface Setting {
  readonly stored: readonly number[];
  readonly planned: readonly SegmentRun[];
  readonly historyFiles?: readonly string[];
  /** Numbers of segments that are stored and then hidden by delete markers. */
  readonly hidden?: readonly number[];
  readonly onHidden?: (key: string) => void;
  readonly refusals?: number;
  readonly endsWithPlan?: boolean;
}

async function serve(setting: Setting): Promise<{ spool: TestSpool; server: WalServer }> {
  const archive = await archiveOf(setting.stored.map(nameOf));
  for (const number of setting.hidden ?? []) {
    await hideAt(new Date(0))(archive.store, archive.lineage.keys.wal(nameOf(number)));
  }
  const spool = new TestSpool();
  const server = createWalServer({
    ...archive,
    store: refusingStore(archive.store, setting.refusals ?? 0),
    spool,
    log: silent,
    onHidden: ({ key }) => setting.onHidden?.(key),
    plan: {
      history: { timeline: 1, parents: [] },
      segments: setting.planned,
      historyFiles: setting.historyFiles ?? [],
      endsWithPlan: setting.endsWithPlan ?? false,
      backup: backupFrom(past, 1),
    },
  });
  const stop = new AbortController();
  const running = server.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return { spool, server };
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const run = (first: number, last: number): SegmentRun => ({
  timeline: 1,
  first: BigInt(first),
  last: BigInt(last),
});

describe('createWalServer', () => {
  test('fetches few ahead, and goes on as they are taken', async () => {
    const { spool, server } = await serve({ stored: range(1, 40), planned: [run(1, 40)] });
    await expect.poll(() => [...spool.ready].sort()).toEqual(range(1, 4).map(nameOf));
    expect(server.position()).toBe(0);

    for (const number of range(1, 3)) spool.take(nameOf(number));
    await expect.poll(() => [...spool.ready].sort()).toEqual(range(4, 7).map(nameOf));
    expect(server.position()).toBe(3);
    expect(spool.beats).toBe(1);
  });

  test('fetches more ahead each time the server had to wait, up to a bound', async () => {
    const { spool } = await serve({ stored: range(1, 40), planned: [run(1, 40)] });
    for (const [waits, ahead] of [8, 12, 16, 16].entries()) {
      await expect.poll(() => spool.ready.size).toBeGreaterThan(0);
      spool.asked.push(nameOf(waits + 1));
      await expect.poll(() => [...spool.ready].sort()).toEqual(range(1, ahead).map(nameOf));
    }
  });

  test('offers a segment again when it is asked for again', async () => {
    const { spool, server } = await serve({ stored: [1, 2], planned: [run(1, 2)] });
    await expect.poll(() => spool.ready.size).toBe(2);
    spool.take(nameOf(1));
    spool.take(nameOf(2));
    await expect.poll(() => server.position()).toBe(2);
    spool.asked.push(nameOf(2));
    await expect.poll(() => [...spool.ready]).toEqual([nameOf(2)]);
  });

  test('proves the end, and serves WAL that is newer than the plan', async () => {
    const { spool } = await serve({ stored: [1, 2, 3], planned: [run(1, 2)] });
    spool.asked.push(nameOf(3), nameOf(4), '00000002.history');
    await expect.poll(() => spool.ready.has(nameOf(3))).toBe(true);
    await expect
      .poll(() => [...spool.absent].sort())
      .toEqual([nameOf(4), '00000002.history'].sort());
  });

  test('ends with the plan where newer WAL would lead past the target', async () => {
    const { spool } = await serve({ stored: [1, 2], planned: [run(1, 1)], endsWithPlan: true });
    spool.asked.push(nameOf(2));
    await expect.poll(() => [...spool.absent]).toEqual([nameOf(2)]);
  });

  test('a planned segment that vanished is a failure, once it is asked for', async () => {
    const { spool, server } = await serve({ stored: [1, 2], planned: [run(1, 3)] });
    await expect.poll(() => spool.failed.has(nameOf(3))).toBe(true);
    expect(server.failure()).toBeUndefined();
    spool.asked.push(nameOf(3));
    await expect.poll(() => server.failure()?.code).toBe('RESTORE-WAL');
    expect(spool.absent.size).toBe(0);
  });

  test('a planned segment that a delete marker hides is served, and told of', async () => {
    const told: string[] = [];
    const { spool } = await serve({
      stored: [1, 2, 3],
      hidden: [2, 3],
      planned: [run(1, 2)],
      onHidden: (key) => told.push(key),
    });
    await expect.poll(() => [...spool.ready].sort()).toEqual([1, 2].map(nameOf));
    spool.asked.push(nameOf(3));
    await expect.poll(() => [...spool.absent]).toEqual([nameOf(3)]);
    expect(told.map((key) => key.slice(-28, -4))).toEqual([nameOf(2)]);
  });

  test('a planned history that vanished is a failure', async () => {
    const { spool, server } = await serve({
      stored: [1],
      planned: [run(1, 1)],
      historyFiles: ['00000002.history'],
    });
    spool.asked.push('00000002.history');
    await expect.poll(() => server.failure()?.code).toBe('RESTORE-WAL');
    expect(spool.absent.size).toBe(0);
  });

  test('a store that is away while fetching ahead harms nothing', async () => {
    const { spool, server } = await serve({ stored: [1], planned: [run(1, 1)], refusals: 20 });
    await expect.poll(() => spool.ready.has(nameOf(1))).toBe(true);
    expect(server.failure()).toBeUndefined();
  });

  test('a store that stays away fails what is asked for, and proves nothing', async () => {
    const refusals = Number.POSITIVE_INFINITY;
    const { spool, server } = await serve({ stored: [1], planned: [run(1, 1)], refusals });
    spool.asked.push(nameOf(1));
    await expect.poll(() => server.failure()?.code).toBe('STORE-UNAVAILABLE');
    expect(spool.absent.size).toBe(0);
  });
});
