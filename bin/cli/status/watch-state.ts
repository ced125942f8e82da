import type { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { StatusReading } from './read-status.ts';

/** One point of the trend. */
export interface Sample {
  /** `undefined` when the server did not answer. */
  readonly lagBytes: number | undefined;
  /** `undefined` when nothing can be recovered. */
  readonly pointAgeSec: number | undefined;
}

/** What a watch knows: the last good figures stay while new ones fail to come. */
export interface WatchState {
  readonly reading: StatusReading | undefined;
  /** When the figures were read. */
  readonly readAt: Date | undefined;
  /** Why there are no newer figures. */
  readonly failure: { readonly error: OpsError; readonly since: Date } | undefined;
  /** Since when a refresh has been under way. */
  readonly refreshingSince: Date | undefined;
  /** One sample per refresh, oldest first. */
  readonly trend: readonly Sample[];
}

/** As many as are drawn, so that a watch of days takes no more memory than one of minutes. */
export const MAX_SAMPLES = 60;

/** Before the first refresh. */
export const NOTHING_READ: WatchState = {
  reading: undefined,
  readAt: undefined,
  failure: undefined,
  refreshingSince: undefined,
  trend: [],
};

/** A refresh begins. */
export function refreshing(state: WatchState, now: Date): WatchState {
  return { ...state, refreshingSince: now };
}

/** A refresh brought figures. */
export function refreshed(state: WatchState, reading: StatusReading, now: Date): WatchState {
  const { recoverablePoint, archive } = reading.status;
  const sample = { lagBytes: archive.lagBytes, pointAgeSec: recoverablePoint?.ageSec };
  return {
    reading,
    readAt: now,
    failure: undefined,
    refreshingSince: undefined,
    trend: [...state.trend, sample].slice(-MAX_SAMPLES),
  };
}

/** A refresh failed; of several in a row the first says since when. */
export function failed(state: WatchState, error: OpsError, now: Date): WatchState {
  const since = state.failure?.since ?? now;
  const blank = { lagBytes: undefined, pointAgeSec: undefined };
  return {
    ...state,
    failure: { error, since },
    refreshingSince: undefined,
    trend: [...state.trend, blank].slice(-MAX_SAMPLES),
  };
}
