import type { AlarmTransition } from '../ports/alarm-states.ts';

/**
 * When the trouble began that ended at `endedAt`: the first ALARM after the alarm was OK for the
 * last time. A pause without data in between does not end it.
 *
 * @param transitions - newest first; the one that ended it, and later ones, may be among them.
 * @returns `undefined` when the alarm was not in ALARM since it was OK for the last time.
 */
export function episodeStart(
  transitions: readonly AlarmTransition[],
  endedAt: Date,
): Date | undefined {
  const before = transitions.filter(({ at }) => at.getTime() <= endedAt.getTime());
  const [newest] = before;
  const earlier = newest?.to === 'OK' ? before.slice(1) : before;
  const okAgain = earlier.findIndex(({ to }) => to === 'OK');
  const episode = okAgain === -1 ? earlier : earlier.slice(0, okAgain);
  return episode.findLast(({ to }) => to === 'ALARM')?.at;
}
