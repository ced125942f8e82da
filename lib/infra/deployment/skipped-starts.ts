const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** Clocks are changed once within it at most. */
const WEEK_MS = 7 * DAY_MS;
/** Every rule about summer time shows within two years. */
const LOOK_AHEAD_WEEKS = 104;

/** A start that never happens: clocks are put forward past its time. */
export interface SkippedStart {
  /** As it stands in the schedule. */
  readonly time: string;
  /** `2027-03-28` */
  readonly date: string;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/**
 * The local times among `times` that do not exist on some day of the next two years.
 *
 * @param times - such as `02:30`.
 * @param fromMs - since the epoch.
 */
export function skippedStarts(
  times: readonly string[],
  timeZone: string,
  fromMs: number,
): readonly SkippedStart[] {
  return leaps(timeZone, fromMs).flatMap(({ from, until }) => {
    const midnight = Math.floor(from / DAY_MS) * DAY_MS;
    return [midnight, midnight + DAY_MS].flatMap((day) =>
      times
        .map((time) => ({ time, local: new Date(day + minutesOf(time) * MINUTE_MS) }))
        .filter(({ local }) => local.getTime() >= from && local.getTime() < until)
        .map(({ time, local }) => ({
          time,
          date: local.toISOString().slice(0, 10),
          weekday: local.getUTCDay(),
        })),
    );
  });
}

/** Local times that are left out, written as if they were UTC: `from` is the first of them. */
interface Leap {
  readonly from: number;
  readonly until: number;
}

function leaps(timeZone: string, fromMs: number): readonly Leap[] {
  const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const start = Math.floor(fromMs / DAY_MS) * DAY_MS;
  const found: Leap[] = [];
  let before = offsetMs(zone, start);
  for (let week = 0; week < LOOK_AHEAD_WEEKS; week += 1) {
    const begin = start + week * WEEK_MS;
    const after = offsetMs(zone, begin + WEEK_MS);
    if (after > before) {
      const change = firstMinute(begin, (ms) => offsetMs(zone, ms) === after);
      found.push({ from: change + before, until: change + after });
    }
    before = after;
  }
  return found;
}

/** The first minute of the week after `begin` at which `hasChanged`: halves the week. */
function firstMinute(begin: number, hasChanged: (ms: number) => boolean): number {
  let low = begin;
  let high = begin + WEEK_MS;
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (hasChanged(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export function offsetMs(zone: Intl.DateTimeFormat, ms: number): number {
  const name = zone.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  // As in GMT+02:00; GMT alone is none.
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return sign === '-' ? -offset : offset;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
