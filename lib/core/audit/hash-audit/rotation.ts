import { sha256 } from '../../store/sha256.ts';
import { type HashRecord, SLOTS, type Sweep } from './hash-record.ts';

const DAY_MS = 86_400_000;
/** A slot is read again after so long. */
const ROUND_MS = SLOTS * DAY_MS;
/** A schedule may be early, or the last audit was late. */
const EARLY_MS = DAY_MS / 2;

/**
 * The slot of an object, by its place below the lineage: the same for ever, in every copy of the store, and
 * spread evenly whatever the names.
 */
export function slotOf(place: string): number {
  return Number.parseInt(sha256(Buffer.from(place)).slice(0, 8), 16) % SLOTS;
}

/** When the slots of an archive are due that nobody has read yet: one a day, the first now. */
export function firstDues(now: Date): Date[] {
  return Array.from({ length: SLOTS }, (_, slot) => new Date(now.getTime() + slot * DAY_MS));
}

/** The sweep through all slots that are due; `undefined` when none is. */
export function nextSweep(dueAt: readonly Date[], now: Date): Sweep | undefined {
  const slots = dueAt.flatMap((due, slot) =>
    due.getTime() <= now.getTime() + EARLY_MS ? [slot] : [],
  );
  return slots.length === 0 ? undefined : { slots, startedAt: now, area: 'base' };
}

/** When slots are due once `sweep` has ended. What came while it went on is read within the round too. */
export function afterSweep(dueAt: readonly Date[], { slots, startedAt }: Sweep): Date[] {
  const next = new Date(startedAt.getTime() + ROUND_MS);
  return dueAt.map((due, slot) => (slots.includes(slot) ? next : due));
}

/** Within so many days every byte was read, or had come. */
export function hashAgeDays({ dueAt }: Pick<HashRecord, 'dueAt'>, now: Date): number {
  const oldest = Math.min(...dueAt.map((due) => due.getTime())) - ROUND_MS;
  return Math.max(0, (now.getTime() - oldest) / DAY_MS);
}
