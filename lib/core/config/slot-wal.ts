import { canonicalValue } from '../host/apply/setting-value.ts';
import type { Bounds } from './health-thresholds.ts';
import type { SettingValues } from './host-config.ts';

const MIB = 1_048_576;
const SHARE_OF_VOLUME = 1 / 10;
const LEAST = 64 * MIB;
const MOST = 65_536 * MIB;
/** Of the servers that Holdfast makes. */
const SEGMENT = 16 * MIB;
/** Parts of what a slot may keep: behind all of it, it is lost. */
const PERCENT_OF_LIMIT: Bounds = { warn: 60, page: 80 };

/** What replication slots may keep of WAL by the formula, in bytes: a tenth of the volume, from 64 MiB to 64 GiB. */
export function plannedSlotWalBytes(volumeBytes: number): number {
  const share = Math.floor((volumeBytes * SHARE_OF_VOLUME) / MIB) * MIB;
  return Math.max(LEAST, Math.min(share, MOST));
}

/**
 * WAL that a slot may keep on a server with these settings above the formula, in bytes; `undefined` without a limit.
 * What cannot be read as an amount is taken as not given: the server does not start with it.
 */
export function slotWalLimit(settings: SettingValues, volumeBytes: number): number | undefined {
  const limitMib = megabytes(settings, 'max_slot_wal_keep_size');
  return atLeastKept({
    limitMib: limitMib ?? plannedSlotWalBytes(volumeBytes) / MIB,
    keptMib: megabytes(settings, 'wal_keep_size') ?? 0,
    segmentBytes: SEGMENT,
  });
}

/**
 * WAL that a slot may keep, in bytes: what is kept for all is kept for it too, and the segment that is being written.
 *
 * @param limits - `limitMib` is negative without a limit.
 * @returns `undefined` without a limit.
 * @see https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE
 */
export function atLeastKept(limits: {
  readonly limitMib: number;
  readonly keptMib: number;
  readonly segmentBytes: number;
}): number | undefined {
  const { limitMib, keptMib, segmentBytes } = limits;
  return limitMib < 0 ? undefined : Math.max(limitMib * MIB, keptMib * MIB, segmentBytes);
}

/**
 * Where WAL that a slot keeps begins to be much, in bytes: at a part of the volume, or of what a slot may keep when that
 * comes first. Without either nothing is much.
 */
export function slotRetainedBounds(
  percentOfVolume: Bounds,
  about: { readonly volumeBytes: number | undefined; readonly limitBytes: number | undefined },
): Bounds {
  const { volumeBytes = Number.POSITIVE_INFINITY, limitBytes = Number.POSITIVE_INFINITY } = about;
  const at = (level: keyof Bounds): number =>
    Math.min(
      percentOf(volumeBytes, percentOfVolume[level]),
      percentOf(limitBytes, PERCENT_OF_LIMIT[level]),
    );
  const page = at('page');
  return { warn: Math.min(at('warn'), page), page };
}

/** Infinite is every part of what has no end, none of it too. */
function percentOf(bytes: number, percent: number): number {
  return Number.isFinite(bytes) ? Math.round((bytes * percent) / 100) : bytes;
}

function megabytes(settings: SettingValues, name: string): number | undefined {
  if (!Object.hasOwn(settings, name)) return undefined;
  const kind = { name, type: 'integer', unit: 'MB', values: [] } as const;
  const value = canonicalValue(kind, String(settings[name]));
  return value === undefined ? undefined : Number(value);
}
