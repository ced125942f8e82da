import { type Facts, type PathRecord, stretchesTo } from './facts.ts';
import type { AskedTarget } from './question.ts';
import { isMark } from './stop-rules.ts';
import { visibleAlong } from './visible-wal.ts';

/**
 * Whether a target lies beside the path to `followed`: on a stretch of another timeline that no
 * recovery along `followed` replays.
 *
 * `certain` when a recovery along that timeline could meet it; `possible` when it lies in WAL that
 * nobody can use by itself, such as before the first backup of its timeline: to ask back is then right,
 * and not to ask does no harm. A place in the WAL and the end of it lie on every timeline alike.
 */
export function sightingsElsewhere(
  facts: Facts,
  followed: number,
  target: AskedTarget,
): 'certain' | 'possible' | 'none' {
  if (target.kind !== 'time' && target.kind !== 'xid' && target.kind !== 'name') return 'none';
  const others = [...facts.timelines.keys()].filter((timeline) => timeline !== followed);
  const isCertain = others.some((timeline) => holds(usable(facts, timeline, followed), target));
  if (isCertain) return 'certain';
  const isPossible = others.some((timeline) => holds(beside(facts, timeline, followed), target, 1));
  return isPossible ? 'possible' : 'none';
}

/** What was written on `timeline` and does not lead to `followed`. */
function beside(facts: Facts, timeline: number, followed: number): readonly PathRecord[] {
  const shared = stretchesTo(facts, followed).find((stretch) => stretch.timeline === timeline);
  const tape = facts.timelines.get(timeline)?.tape ?? [];
  return tape
    .filter(({ startLsn }) => shared?.endLsn === undefined || startLsn >= shared.endLsn)
    .map((record) => ({ ...record, timeline }));
}

/** The part of {@link beside} that a recovery along `timeline` would replay. */
function usable(facts: Facts, timeline: number, followed: number): readonly PathRecord[] {
  if (timeline !== 1 && !facts.histories.has(timeline)) return [];
  const replayed = new Set(
    visibleAlong(facts, timeline).flatMap(({ records, replayFrom }) =>
      records
        .slice(replayFrom)
        .filter((record) => record.timeline === timeline)
        .map(({ startLsn }) => startLsn),
    ),
  );
  return beside(facts, timeline, followed).filter(({ startLsn }) => replayed.has(startLsn));
}

/**
 * A time lies on a stretch that has a commit before it and one after it, or at it; windows are told to
 * the millisecond, and the end of a backup may be the end of one.
 */
function holds(stretch: readonly PathRecord[], target: AskedTarget, slackSec = 0): boolean {
  if (target.kind !== 'time') return stretch.some((record) => isMark(record, target));
  const times = stretch.flatMap(({ event }) => (event?.kind === 'commit' ? [event.micros] : []));
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined) return false;
  const slack = BigInt(slackSec) * 1_000_000n;
  return first <= target.micros && target.micros <= last + slack;
}
