import { missingBetween, type SegmentRun, type Stretch } from '../../wal/continuity.ts';
import { segmentName } from '../../wal/segment.ts';
import type { PlannedWal, Reason } from '../retention-plan.ts';
import type { ArchiveFacts, StoredStretch } from './retention-facts.ts';
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
 * @param archive - its stretches by timeline and number.
 * @returns ranges by name: of each the store has every segment, or none and only what goes with them.
 */
export function planWal(
  { stretches, runs }: Pick<ArchiveFacts, 'stretches' | 'runs'>,
  claims: readonly WalClaim[],
  segmentBytes: number,
): readonly PlannedWal[] {
  const claimed = Map.groupBy(claims, ({ timeline }) => timeline);
  const stored = Map.groupBy(runs, ({ timeline }) => timeline);
  const edges = new Map(
    [...new Set([...claimed.keys(), ...stored.keys()])].map((timeline) => [
      timeline,
      edgesOf([...(claimed.get(timeline) ?? []), ...(stored.get(timeline) ?? [])]),
    ]),
  );
  const pieces: Piece[] = [];
  for (const stretch of stretches) {
    const some = claimed.get(stretch.timeline) ?? [];
    for (const part of cut(stretch, edges.get(stretch.timeline) ?? [])) {
      const segments = segmentsIn(part, stored.get(part.timeline) ?? []);
      const piece = judge({ ...part, segments }, some);
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

/** Numbers with which something begins or ends, ascending. */
function edgesOf(claims: readonly Stretch[]): readonly bigint[] {
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
    yield { ...stretch, first, last, storedBytes: share(stretch.storedBytes, numbers) };
  }
}

/** Cut where segments begin and end, a part has all of them or none. */
function segmentsIn({ timeline, first, last }: StoredStretch, runs: readonly SegmentRun[]): number {
  return missingBetween(runs, timeline, first, first).length === 0 ? Number(last - first) + 1 : 0;
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

/** Whether two pieces that follow each other are told as one: without a hole, and alike. */
function isOne(a: Piece, b: Piece): boolean {
  if (a.timeline !== b.timeline || a.stays !== b.stays) return false;
  if (b.first !== a.last + 1n || (a.segments === 0) !== (b.segments === 0)) return false;
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
