import { OpsError } from '../../errors/ops-error.ts';
import { formatTarget, type RecoveryTarget } from './target.ts';

/** Where on a timeline a target was found. */
export interface Sighting {
  readonly timeline: number;
  /** In words, behind "on timeline N". */
  readonly where: string;
}

/**
 * The refusal of a target that lies only beside the path that is followed, or on it and beside it.
 *
 * @param followed - the timeline that would have been taken: the current writer's.
 */
export function onOtherTimeline(
  target: RecoveryTarget,
  followed: number,
  sightings: readonly Sighting[],
): OpsError {
  const places = sightings.map(({ timeline, where }) => `on timeline ${timeline} ${where}`);
  const timelines = [...new Set([...sightings.map(({ timeline }) => timeline), followed])];
  return new OpsError('RESTORE-TARGET', `${formatTarget(target)} lies ${places.join(', and ')}`, {
    hint: `say which is meant: ${timelines.map((id) => `--timeline ${id}`).join(' or ')}; the current writer is on ${followed}`,
    details: { target: formatTarget(target), timelines: timelines.join(', ') },
  });
}
