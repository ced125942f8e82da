/**
 * Reads a simulated store as one verb does and prints what that took, in a process of its own, so
 * that its memory is that of this reading alone: `node read-simulated-store.ts <reading> <segments> <backups>`.
 */
import { availableParallelism } from 'node:os';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { verifyStore } from '../../lib/core/audit/verify-store.ts';
import { findGaps } from '../../lib/core/catalog/archive-gap.ts';
import { listArchive } from '../../lib/core/catalog/archive-listing.ts';
import { listBackups } from '../../lib/core/catalog/backup-listing.ts';
import { readCatalogue } from '../../lib/core/catalog/read-catalogue.ts';
import { isRestorable } from '../../lib/core/catalog/restorable.ts';
import { parseRetentionPolicy } from '../../lib/core/config/parse-retention-policy.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { planRetention } from '../../lib/core/retention/plan/plan-retention.ts';
import { readRetentionFacts } from '../../lib/core/retention/read-retention-facts.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { simulateStore } from '../../test/support/simulated-store.ts';
import { type Reading, READINGS } from './catalogue-readings.ts';

/** Each as the verb of that name calls the engine; gives how many things it found. */
const READERS: Readonly<
  Record<Reading, (store: ObjectStore, lineage: Lineage) => Promise<number>>
> = {
  listing: async (store, lineage) => {
    let objects = 0;
    for await (const _object of store.list(lineage.keys.prefix)) objects += 1;
    return objects;
  },
  list: async (store, lineage) => {
    const archive = await listArchive(store, lineage);
    const { backups } = await listBackups(store, lineage);
    return backups.filter((backup) => isRestorable(backup, archive)).length;
  },
  windows: async (store, lineage) => {
    const { archive, backups, windows, writerTimeline } = await readCatalogue(store, lineage);
    const gaps = findGaps(archive, backups, writerTimeline, systemClock.now());
    return windows.length + gaps.length;
  },
  verify: async (store, lineage) => {
    const request = { deep: false, parallel: availableParallelism() };
    const report = await verifyStore({ store, lineage, clock: systemClock }, request);
    return report.checkedObjects;
  },
  retention: async (store, lineage) => {
    const policy = parseRetentionPolicy({});
    const request = { store, lineage, policy, now: systemClock.now() };
    const { backups, wal } = planRetention(await readRetentionFacts(request));
    return backups.length + wal.length;
  },
};

const BYTES_PER_KIB = 1024;
const MICROS_PER_SEC = 1_000_000;

const [name, segments, backups] = process.argv.slice(2);
const reading = READINGS.find((one) => one === name);
if (reading === undefined)
  throw new Error(`name one of ${READINGS.join(', ')}, not ${String(name)}`);
const size = { segments: Number(segments), backups: Number(backups) };
const { store, lineage } = await simulateStore(size);
const before = process.cpuUsage();
const startedMs = performance.now();
const found = await READERS[reading](store, lineage);
const seconds = (performance.now() - startedMs) / 1_000;
const { user, system } = process.cpuUsage(before);
const cpuSec = (user + system) / MICROS_PER_SEC;
const peakBytes = process.resourceUsage().maxRSS * BYTES_PER_KIB;
process.stdout.write(`${JSON.stringify({ found, seconds, cpuSec, peakBytes })}\n`);
