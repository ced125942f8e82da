import { z } from 'zod';
import { atLeastKept, slotRetainedBounds } from '../../config/slot-wal.ts';
import { Metric } from '../../contract/metrics.ts';
import { bytes, count, span } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, MaybeNum, MaybeText, Num, Text } from '../columns.ts';
import { above, below, blind, type Finding, type Judgement, ok } from '../judgement.ts';
import type { Known, ServerFacts } from '../known.ts';

const MOST_SLOTS = 100;
const MOST_FINDINGS = 10;
const CONFLICTING_SINCE = 16;
const REASONS_SINCE = 17;
const LOOK = 'SELECT * FROM pg_replication_slots';
const SOURCE = 'https://www.postgresql.org/docs/current/view-pg-replication-slots.html';

const Room = z.object({
  slot: Text,
  // NULL: it has never kept any WAL.
  status: MaybeText,
  safeBytes: MaybeNum,
  conflicting: Bool,
  reason: MaybeText,
});
const Retained = z.object({ slot: Text, active: Bool, bytes: Num, inactiveSince: MaybeNum });

/** Checks of replication slots, which keep WAL for whoever reads it. */
export const SLOT_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'A15',
    name: 'slot-room',
    tier: 'A',
    group: 'slots',
    about: 'no replication slot is lost, or about to be',
    needs: 'nothing',
    look: LOOK,
    source: SOURCE,
    query: ({ major }) => `
      SELECT slot_name AS slot, wal_status AS status, safe_wal_size AS "safeBytes",
             ${major >= CONFLICTING_SINCE ? 'coalesce(conflicting, false)' : 'false'} AS conflicting,
             ${major >= REASONS_SINCE ? 'invalidation_reason' : 'NULL::text'} AS reason
        FROM pg_replication_slots
       ORDER BY wal_status IN ('lost', 'unreserved') DESC NULLS LAST, safe_wal_size NULLS LAST, slot_name
       LIMIT ${MOST_SLOTS}`,
    row: Room,
    judge: (slots, { server, thresholds: { slotRoomPercent } }) => {
      if (slots.length === 0)
        return ok('no slots', { values: { [Metric.SLOT_ROOM_PERCENT]: 100 } });
      const limit = slotLimitBytes(server);
      const rooms = slots.map((slot) => ({ slot, percent: roomPercent(slot, limit) }));
      const seen = rooms.flatMap(({ percent }) => (percent === undefined ? [] : [percent]));
      if (seen.length < rooms.length) return blind('the server does not say what a slot has left');
      const least = Math.min(...seen);
      const poor = rooms.filter(({ percent = 0 }) => percent < slotRoomPercent.warn);
      return {
        standing: below(least, slotRoomPercent),
        says: `the neediest of ${count(slots.length, 'slot')} has ${Math.round(least)} % of its WAL's room left`,
        values: { [Metric.SLOT_ROOM_PERCENT]: least },
        findings: poor.slice(0, MOST_FINDINGS).map(({ slot }) => roomFinding(slot)),
      };
    },
  }),
  serverCheck({
    id: 'A16',
    name: 'slot-retention',
    tier: 'A',
    group: 'slots',
    about: 'no replication slot keeps much WAL, or is left alone',
    needs: 'nothing; size of the volume',
    look: LOOK,
    source: SOURCE,
    // What a server in recovery has received may be nothing yet. A slot lost for its idleness still says from where it
    // would read, but nothing is kept for it.
    query: ({ major }) => `
      SELECT slot_name AS slot, active,
             CASE WHEN wal_status = 'lost' THEN 0
                  ELSE greatest(0, coalesce(pg_wal_lsn_diff(
                         CASE WHEN pg_is_in_recovery()
                              THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                              ELSE pg_current_wal_lsn() END, restart_lsn), 0)) END AS bytes,
             ${
               major >= REASONS_SINCE
                 ? 'extract(epoch FROM inactive_since)::float8'
                 : 'NULL::float8'
             } AS "inactiveSince"
        FROM pg_replication_slots
       ORDER BY bytes DESC, slot_name
       LIMIT ${MOST_SLOTS}`,
    row: Retained,
    judge: judgeRetention,
  }),
];

/** WAL that a slot may keep, in bytes; `undefined` without a limit. */
function slotLimitBytes({ settings }: ServerFacts): number | undefined {
  return atLeastKept({
    limitMib: Number(settings.get('max_slot_wal_keep_size') ?? -1),
    keptMib: Number(settings.get('wal_keep_size') ?? 0),
    segmentBytes: Number(settings.get('wal_segment_size') ?? 0),
  });
}

/** `undefined` when it should be known and is not. `unreserved` lasts for a segment before `lost`. */
function roomPercent(
  { status, safeBytes, conflicting }: z.output<typeof Room>,
  limit: number | undefined,
): number | undefined {
  if (status === 'lost' || status === 'unreserved' || conflicting) return 0;
  if (status === null || limit === undefined) return 100;
  return safeBytes === null ? undefined : Math.min(100, Math.max(0, (100 * safeBytes) / limit));
}

function roomFinding({
  slot,
  status,
  safeBytes,
  conflicting,
  reason,
}: z.output<typeof Room>): Finding {
  const why = reason ?? (conflicting ? 'it conflicts with recovery' : undefined);
  const state = status ?? 'unknown';
  return {
    subject: slot,
    says:
      why === undefined
        ? `${state}, ${bytes(Math.max(0, safeBytes ?? 0))} left`
        : `${state}: ${why}`,
  };
}

function judgeRetention(slots: readonly z.output<typeof Retained>[], known: Known): Judgement {
  const { slotRetainedPercent, slotInactiveSec } = known.thresholds;
  const { volumeBytes } = known.cluster;
  const nowSec = known.server.now.getTime() / 1_000;
  const idle = slots.filter(({ active }) => !active);
  const counters = Object.fromEntries(idle.map((one) => [counterOf(one), idleSince(one, known)]));
  const most = Math.max(0, ...slots.map((slot) => slot.bytes));
  const limitBytes = slotLimitBytes(known.server);
  const bySize = above(most, slotRetainedBounds(slotRetainedPercent, { volumeBytes, limitBytes }));
  const left = idle.filter((one) => nowSec - idleSince(one, known) > slotInactiveSec.warn);
  // Whoever is away for long is worth a ticket; what he keeps is what pages.
  const standing = bySize === 'ok' && left.length > 0 ? 'warn' : bySize;
  const told = bySize === 'ok' ? left : slots;
  return {
    standing,
    says:
      slots.length === 0
        ? 'no slots'
        : `the neediest of ${count(slots.length, 'slot')} keeps ${bytes(most)}`,
    values: { [Metric.SLOT_RETAINED_BYTES]: most },
    counters,
    findings: told.slice(0, MOST_FINDINGS).map((one) => ({
      subject: one.slot,
      says: `keeps ${bytes(one.bytes)}, ${one.active ? 'active' : `inactive for at least ${span(nowSec - idleSince(one, known))}`}`,
    })),
  };
}

/** Until 17 the server does not say: then since a run first saw it so. */
function idleSince(slot: z.output<typeof Retained>, { before, server }: Known): number {
  return slot.inactiveSince ?? before?.counters[counterOf(slot)] ?? server.now.getTime() / 1_000;
}

function counterOf({ slot }: z.output<typeof Retained>): string {
  return `A16.${slot}.inactiveSince`;
}
