import { segmentName } from '../../wal/segment.ts';
import type { PlannedWal, Reason } from '../retention-plan.ts';
import type { StoredStretch } from './retention-facts.ts';
import type { WalClaim } from './wal-claim.ts';
import { WINDOW } from './window-rule.ts';

/** Numbers of one timeline with one fate. */
interface Piece extends StoredStretch {
  readonly stays: boolean;
  readonly reasons: readonly Reason[];
}

const EXPIRED: Reason = {
  rule: 'expired',
  says: 'no moment of the recovery window and no backup that stays needs it',
};
const RECENT: Reason = { rule: 'recent', says: 'it came within the recovery window' };

/**
 * What becomes of everything that can go with a segment: what is claimed stays, and what came within the
 * recovery window.
 *
 * @param stretches - by timeline and number.
 * @returns ranges by name; one that goes has no hole.
 */
export function planWal(
  stretches: readonly StoredStretch[],
  claims: readonly WalClaim[],
  segmentBytes: number,
): readonly PlannedWal[] {
  const claimed = Map.groupBy(claims, ({ timeline }) => timeline);
  const edges = new Map([...claimed].map(([timeline, some]) => [timeline, edgesOf(some)]));
  const pieces: Piece[] = [];
  for (const stretch of stretches) {
    const some = claimed.get(stretch.timeline) ?? [];
    for (const part of cut(stretch, edges.get(stretch.timeline) ?? [])) {
      const piece = judge(part, some);
      const previous = pieces.at(-1);
      if (previous !== undefined && isOne(previous, piece)) {
        pieces[pieces.length - 1] = join(previous, piece);
      } else pieces.push(piece);
    }
  }
  return pieces.map(({ timeline, first, last, stays, reasons, segments, storedBytes }) => ({
    first: segmentName(timeline, first, segmentBytes),
    last: segmentName(timeline, last, segmentBytes),
    stays,
    reasons: [...reasons],
    segments,
    storedBytes,
  }));
}

/** Numbers with which something begins or ends to be claimed, ascending. */
function edgesOf(claims: readonly WalClaim[]): readonly bigint[] {
  const edges = claims.flatMap(({ first, last }) =>
    last === undefined ? [first] : [first, last + 1n],
  );
  return [...new Set(edges)].toSorted((a, b) => (a < b ? -1 : 1));
}

/** The parts of a stretch between edges; what is stored is taken to be spread evenly. */
function* cut(stretch: StoredStretch, edges: readonly bigint[]): Iterable<StoredStretch> {
  const inside = edges.filter((edge) => edge > stretch.first && edge <= stretch.last);
  if (inside.length === 0) {
    yield stretch;
    return;
  }
  const width = Number(stretch.last - stretch.first) + 1;
  const share = (total: number, numbers: number): number => Math.round((total * numbers) / width);
  for (const [index, first] of [stretch.first, ...inside].entries()) {
    const last = (inside[index] ?? stretch.last + 1n) - 1n;
    const numbers = Number(last - first) + 1;
    const segments = share(stretch.segments, numbers);
    yield { ...stretch, first, last, segments, storedBytes: share(stretch.storedBytes, numbers) };
  }
}

function judge(part: StoredStretch, claims: readonly WalClaim[]): Piece {
  const reasons = claims
    .filter(({ first, last }) => first <= part.first && (last === undefined || last >= part.last))
    .map(({ reason }) => reason);
  if (reasons.length > 0) return { ...part, stays: true, reasons: weightiest(reasons) };
  return part.isRecent
    ? { ...part, stays: true, reasons: [RECENT] }
    : { ...part, stays: false, reasons: [EXPIRED] };
}

/** What the window needs, its backups need too: the window's word alone makes one range of them all. */
function weightiest(reasons: readonly Reason[]): readonly Reason[] {
  const ofWindow = reasons.filter(({ rule }) => rule === WINDOW);
  return distinct(ofWindow.length > 0 ? ofWindow : reasons);
}

/** Whether two pieces that follow each other are told as one: what goes only without a hole. */
function isOne(a: Piece, b: Piece): boolean {
  if (a.timeline !== b.timeline || a.stays !== b.stays) return false;
  if (!a.stays) return b.first === a.last + 1n;
  return keyOf(a.reasons) === keyOf(b.reasons);
}

function join(a: Piece, b: Piece): Piece {
  return {
    ...a,
    last: b.last,
    segments: a.segments + b.segments,
    storedBytes: a.storedBytes + b.storedBytes,
  };
}

/** In the order in which they came, each once. */
export function distinct(reasons: readonly Reason[]): readonly Reason[] {
  return [...new Map(reasons.map((reason) => [keyOf([reason]), reason])).values()];
}

function keyOf(reasons: readonly Reason[]): string {
  return reasons.map(({ rule, says }) => `${rule} ${says}`).join('\n');
}
