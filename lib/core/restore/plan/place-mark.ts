import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import type { IndexedArchive } from '../../wal/index/read-index.ts';
import { type EventFilter, type FoundEvent, walkEvents } from '../../wal/index/walk-events.ts';
import { holdsXid } from '../../wal/index/xid-ranges.ts';
import { formatLsn, type Lsn } from '../../wal/lsn.ts';
import { formatMicros } from '../../wal/micros.ts';
import { abandonedStretches, runsFrom } from './abandoned-stretch.ts';
import { candidates } from './choose-window.ts';
import type { PlacedTarget, StopPoint } from './placed-target.ts';
import type { RecoveryRequest } from './recovery-plan.ts';
import { formatTarget, type RecoveryTarget } from './target.ts';
import { onOtherTimeline } from './timeline-refusals.ts';
import { outsideLsn } from './window-refusals.ts';

type MarkTarget = Extract<RecoveryTarget, { kind: 'xid' | 'name' }>;

const XID_BITS = 32;
/** More sightings than this are not named. */
const MAX_SIGHTINGS = 8;

/**
 * Places a transaction or a restore point where its record is found. PostgreSQL stops at the first
 * after the backup's start, so one that occurs twice is the caller's to choose.
 *
 * @throws {@link OpsError} as {@link placeTarget}.
 * @see PostgreSQL recoveryStopsAfter, src/backend/access/transam/xlogrecovery.c
 */
export async function placeMark(
  archive: IndexedArchive,
  request: RecoveryRequest,
  target: MarkTarget,
  options: CallOptions,
): Promise<PlacedTarget> {
  const { choices } = request;
  const windows = candidates(request);
  const [own] = windows;
  const startLsn = lowest(windows.map(({ backup }) => backup.startLsn));
  const find = async (runs: readonly SegmentRun[], from: Lsn): Promise<readonly FoundEvent[]> =>
    sightings(archive, runs, marks(target, from), options);
  const here = await find(runsFrom(windows, undefined, startLsn), startLsn);
  if (choices.timeline === undefined && own !== undefined) {
    const stretches = abandonedStretches(request.windows, own.history);
    const beside: FoundEvent[] = [];
    for (const { runs, fromLsn } of stretches) beside.push(...(await find(runs, fromLsn)));
    if (beside.length > 0) {
      const places = [...beside, ...here].map((event) => ({
        timeline: event.timeline,
        where: placeText(event),
      }));
      throw onOtherTimeline(target, own.timeline, places);
    }
  }
  const [event, second] = here;
  if (event === undefined) throw unknown(target, windows);
  if (second !== undefined && choices.backupId === undefined) throw several(target, here);
  const stop = stopAt(event, choices.exclusive === true);
  const window = windows.find(
    ({ fromLsn, toLsn }) => fromLsn <= (stop.stopLsn ?? event.lsn) && event.endLsn <= toLsn,
  );
  if (window !== undefined) return { window, stopAt: target, stop };
  const why = 'is before the end of every restorable backup that could lead to it';
  throw outsideLsn(windows, event.lsn, `${why}: there lies ${formatTarget(target)}`);
}

function marks(target: MarkTarget, from: Lsn): EventFilter {
  if (target.kind === 'name') {
    return {
      mayHold: () => false,
      isWanted: (event) =>
        event.kind === 'restore-point' && event.name === target.name && event.lsn >= from,
    };
  }
  // WAL has the 32 bits of an id that PostgreSQL compares.
  const xid = Number(BigInt.asUintN(XID_BITS, target.xid));
  return {
    mayHold: ({ xids }) => holdsXid(xids, xid),
    isWanted: (event) => event.kind === 'end' && event.xid === xid && event.lsn >= from,
  };
}

async function sightings(
  archive: IndexedArchive,
  runs: readonly SegmentRun[],
  filter: EventFilter,
  options: CallOptions,
): Promise<readonly FoundEvent[]> {
  const found: FoundEvent[] = [];
  for await (const event of walkEvents(archive, runs, filter, options)) {
    found.push(event);
    if (found.length === MAX_SIGHTINGS) break;
  }
  return found;
}

function stopAt({ endLsn, previousEndLsn }: FoundEvent, isExclusive: boolean): StopPoint {
  return { stopLsn: isExclusive ? previousEndLsn : endLsn, readTo: endLsn };
}

function unknown(target: MarkTarget, windows: readonly RecoveryWindow[]): OpsError {
  const searched = windows.map(
    ({ timeline, backup, toLsn }) =>
      `timeline ${timeline} from ${formatLsn(backup.startLsn)} to ${formatLsn(toLsn)}`,
  );
  const what = target.kind === 'name' ? 'no restore point has that name' : 'it ended nowhere';
  return new OpsError(
    'RESTORE-TARGET',
    `${formatTarget(target)} is not in the WAL that can be recovered: ${what} on ${searched.at(-1)}`,
    {
      hint:
        target.kind === 'name'
          ? 'check the name, which has upper and lower case; its segment may not be archived yet'
          : 'check the id: a subtransaction that was committed has no end of its own; its segment may not be archived yet',
      details: { target: formatTarget(target), searched: searched.join('; ') },
    },
  );
}

function several(target: MarkTarget, events: readonly FoundEvent[]): OpsError {
  const more = events.length === MAX_SIGHTINGS ? ', and maybe more' : '';
  return new OpsError(
    'RESTORE-TARGET',
    `${formatTarget(target)} occurs ${events.length} times: ${events.map(placeText).join('; ')}${more}`,
    {
      hint: 'give the LSN of the one that is meant, or the backup after which it is the first with --backup',
      details: { target: formatTarget(target) },
    },
  );
}

function placeText(event: FoundEvent): string {
  const time = event.kind === 'end' || event.kind === 'restore-point' ? event.time : undefined;
  return `at ${formatLsn(event.lsn)}${time === undefined ? '' : `, of ${formatMicros(time)}`}`;
}

function lowest(lsns: readonly Lsn[]): Lsn {
  return lsns.reduce((least, lsn) => (lsn < least ? lsn : least));
}
