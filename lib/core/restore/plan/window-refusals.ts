import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import { OpsError } from '../../errors/ops-error.ts';
import { formatLsn, type Lsn } from '../../wal/lsn.ts';
import { segmentName } from '../../wal/segment.ts';
import { formatTarget, type RecoveryTarget } from './target.ts';

/** Points that can be reached, both included. */
interface Reach<T> {
  readonly from: T;
  readonly to: T;
}

const ONE_MS = 1;

/** How a message says what keeps `window` from its timeline's end; `undefined` when nothing does. */
export function behindEnd({ path, backup, damaged }: RecoveryWindow): string | undefined {
  const { gap } = path;
  if (damaged !== undefined) return `is behind damage in the archive: ${damaged} is not as stored`;
  if (gap === undefined) return undefined;
  const name = segmentName(gap.timeline, gap.after + 1n, backup.segmentBytes);
  const count = gap.missing === 1n ? 'one segment' : `${gap.missing} segments`;
  return `is behind a gap in the archive: ${count} missing from ${name} on`;
}

/**
 * The refusal of a time, or of `latest` when there is no target.
 *
 * @param windows - those the target might have lain in.
 * @param why - what follows the target in the sentence.
 */
export function outsideTime(
  windows: readonly RecoveryWindow[],
  target: Extract<RecoveryTarget, { kind: 'time' }> | undefined,
  why: string,
  now: Date,
): OpsError {
  const reaches = windows.flatMap((window) => timeReach(window, now));
  const asked = target?.time.getTime() ?? Number.POSITIVE_INFINITY;
  const { before, after } = nearest(reaches, asked);
  return refusal(
    target === undefined ? 'latest' : formatTarget(target),
    why,
    before === undefined ? undefined : new Date(before).toISOString(),
    after === undefined ? undefined : new Date(after).toISOString(),
  );
}

/** The refusal of an LSN. */
export function outsideLsn(windows: readonly RecoveryWindow[], lsn: Lsn, why: string): OpsError {
  const reaches = windows.map(({ fromLsn, toLsn }) => ({ from: fromLsn, to: toLsn }));
  const { before, after } = nearest(reaches, lsn);
  return refusal(
    formatLsn(lsn),
    why,
    before === undefined ? undefined : formatLsn(before),
    after === undefined ? undefined : formatLsn(after),
  );
}

/** A time is reached up to the present; before a gap only while a later commit can stop the replay. */
function timeReach(window: RecoveryWindow, now: Date): Reach<number>[] {
  const { fromTime, toTime } = window;
  const from = fromTime.getTime();
  if (behindEnd(window) === undefined) return [{ from, to: now.getTime() }];
  const to = toTime.getTime() - ONE_MS;
  return to < from ? [] : [{ from, to }];
}

function nearest<T extends number | bigint>(
  reaches: readonly Reach<T>[],
  asked: T,
): { readonly before: T | undefined; readonly after: T | undefined } {
  let before: T | undefined;
  let after: T | undefined;
  for (const { from, to } of reaches) {
    if (to < asked && (before === undefined || to > before)) before = to;
    if (from > asked && (after === undefined || from < after)) after = from;
  }
  return { before, after };
}

function refusal(
  target: string,
  why: string,
  before: string | undefined,
  after: string | undefined,
): OpsError {
  const points = [
    ...(before === undefined ? [] : [`before it --to ${before}`]),
    ...(after === undefined ? [] : [`after it --to ${after}`]),
  ];
  return new OpsError('RESTORE-WINDOW', `${target} ${why}`, {
    hint:
      points.length === 0
        ? 'only the bare backup can be recovered: --to immediate'
        : `the nearest points that can be reached: ${points.join(', ')}`,
    details: {
      target,
      ...(before === undefined ? {} : { nearestBefore: before }),
      ...(after === undefined ? {} : { nearestAfter: after }),
    },
  });
}
