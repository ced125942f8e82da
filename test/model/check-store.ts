import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { verifyStore } from '../../lib/core/audit/verify-store.ts';
import { readCatalogue } from '../../lib/core/catalog/read-catalogue.ts';
import type { RecoveryWindow } from '../../lib/core/catalog/recovery-window.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { flipBit } from '../support/store-tampering.ts';
import type { Facts } from './facts.ts';
import { ModelMismatch } from './mismatch.ts';
import { observe } from './observe.ts';
import type { Random } from './random.ts';
import { type VisibleWal, visibleAlong } from './visible-wal.ts';
import type { World } from './world.ts';

const PARALLEL = 2;
const MICROS_PER_MS = 1000n;

/** What the store says of itself must be what happened: throws a {@link ModelMismatch}. */
export async function checkStore(world: World, random: Random): Promise<void> {
  const { store, lineage, backups } = world;
  const facts = await observe(world);
  const deps = { store, lineage, clock: systemClock };
  const { findings } = await verifyStore(deps, { deep: true, parallel: PARALLEL });
  const fault = findings.find(({ code }) => !isExplained(world, code));
  if (fault !== undefined) {
    throw new ModelMismatch(`verify found ${fault.code} in ${fault.object}: ${fault.detail}`);
  }
  const { backups: listed, windows } = await readCatalogue(store, lineage);
  compare('backups', listed.map(({ id }) => id).toSorted(), backups.map(({ id }) => id).toSorted());
  compare('windows', windows.map(foundText).toSorted(), expectedWindows(facts).toSorted());
  world.count('store verified, every byte');
  if (windows.length > 0) world.count('windows compared');
  await findFlippedBit(world, random);
}

/** One bit that changes anywhere is found, by the name of its object. */
async function findFlippedBit(
  { store, lineage, backups, count }: World,
  random: Random,
): Promise<void> {
  const { keys } = lineage;
  const heads = await Array.fromAsync(store.list(keys.prefix));
  const recorded = backups.map(({ id }) => keys.backup(id).prefix);
  const lasting = heads.filter(
    ({ key }) =>
      // A lease is kept for some seconds, in files of its own.
      !key.startsWith(`${keys.prefix}lease/`) &&
      // What a failed backup left has its hashes nowhere.
      (!key.startsWith(keys.basePrefix) || recorded.some((prefix) => key.startsWith(prefix))),
  );
  const { key } = random.pick(lasting.filter(({ bytes }) => bytes > 0));
  const mend = await flipBit(store, key);
  const { findings } = await verifyStore(
    { store, lineage, clock: systemClock },
    { deep: true, parallel: PARALLEL },
  );
  await mend();
  if (!findings.some(({ object }) => object === key)) {
    const found = findings.map(({ code, object }) => `${code} in ${object}`).join(', ');
    throw new ModelMismatch(`a bit of ${key} changed, and verify found ${found || 'nothing'}`);
  }
  count(`changed bit found: ${key.slice(keys.prefix.length).split('/')[0]}`);
}

/** A backup that was killed, or failed, leaves parts behind. */
function isExplained({ hasBrokenBackups }: World, code: string): boolean {
  return hasBrokenBackups && code === 'BACKUP-FAILED';
}

function compare(what: string, found: readonly string[], expected: readonly string[]): void {
  if (found.join('\n') === expected.join('\n')) return;
  throw new ModelMismatch([`the ${what} are`, ...found, 'and should be', ...expected].join('\n  '));
}

function expectedWindows(facts: Facts): readonly string[] {
  const timelines = [1, ...facts.histories].filter((timeline) => facts.timelines.has(timeline));
  return timelines.flatMap((timeline) =>
    visibleAlong(facts, timeline).map((visible) => expectedText(timeline, visible)),
  );
}

function expectedText(timeline: number, { backup, records }: VisibleWal): string {
  const { id, finishedMicros, stopLsn } = backup;
  const commits = records.flatMap(({ event }) => (event?.kind === 'commit' ? [event.micros] : []));
  const last = commits.at(-1) ?? 0n;
  const toMicros = last > finishedMicros ? last : finishedMicros;
  const toLsn = records.at(-1)?.endLsn ?? stopLsn;
  return windowText(timeline, id, [finishedMicros, toMicros], [stopLsn, toLsn]);
}

function foundText(window: RecoveryWindow): string {
  const { timeline, backup, fromTime, toTime, fromLsn, toLsn } = window;
  const times = [fromTime, toTime].map((time) => BigInt(time.getTime()) * MICROS_PER_MS);
  return windowText(timeline, backup.id, times, [fromLsn, toLsn]);
}

function windowText(
  timeline: number,
  backupId: string,
  times: readonly bigint[],
  lsns: readonly bigint[],
): string {
  const timesText = times.map((micros) => new Date(Number(micros / MICROS_PER_MS)).toISOString());
  return `timeline ${timeline} from ${backupId}: ${timesText.join(' to ')}, ${lsns.map(formatLsn).join(' to ')}`;
}
