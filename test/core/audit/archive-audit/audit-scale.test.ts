import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { auditArchive } from '../../../../lib/core/audit/archive-audit/audit-archive.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { simulateStore } from '../../../support/simulated-store.ts';

const SEGMENTS = 500_000;
const BACKUPS = 40;
const MiB = 1024 * 1024;
/** A list of a million names would take so much. */
const MOST_GROWTH_MIB = 20;
const AT = new Date('2026-12-01T00:00:00.000Z');

test('a million objects are audited in memory that does not grow with them', async () => {
  const { store, lineage } = await simulateStore({ segments: SEGMENTS, backups: BACKUPS });
  const deps = { store, lineage, windowDays: 35, failedAfterHours: 24, isTimeUp: () => false };
  const collect = garbageCollector();
  collect();
  const before = process.memoryUsage().heapUsed;
  let highest = before;
  let rows = 0;
  const list: typeof store.list = async function* (...call) {
    for await (const row of store.list(...call)) {
      rows += 1;
      if (rows % 50_000 === 0) {
        collect();
        highest = Math.max(highest, process.memoryUsage().heapUsed);
      }
      yield row;
    }
  };
  const watched = { ...deps, store: { ...store, list } };
  const record = await auditArchive({ ...watched, id: '20261201T000000Z', clock: fakeClock(AT) });
  expect(record).toMatchObject({ pass: 'full', stage: 'done', findings: { listed: [], more: 0 } });
  expect(record.figures?.stored.wal.objects).toBe(SEGMENTS);
  expect(rows).toBeGreaterThan(2 * SEGMENTS);
  expect((highest - before) / MiB).toBeLessThan(MOST_GROWTH_MIB);

  // The next one lists what is new, and no more than the edges of the rest.
  rows = 0;
  const later = fakeClock(new Date(AT.getTime() + 3_600_000));
  const next = await auditArchive({ ...watched, id: '20261201T010000Z', clock: later });
  expect(next).toMatchObject({ pass: 'incremental', stage: 'done', findings: record.findings });
  expect(next.figures?.windows).toEqual(record.figures?.windows);
  expect(rows).toBeLessThan(2_000);
}, 120_000);

/** What is garbage says nothing about what is kept. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
