import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../../../lib/core/audit/archive-audit/audit-record.ts';
import { type ArchiveLife, beginLife } from './archive-life.ts';

const RUNS = 60;

/** What may happen to an archive before its next audit. */
type Step =
  | { readonly kind: 'archive'; readonly count: number; readonly isOneLate: boolean }
  | { readonly kind: 'fill' | 'backUp' | 'promote' | 'expire' }
  | { readonly kind: 'late'; readonly behind: number };

const STEPS: fc.Arbitrary<readonly { readonly step: Step; readonly hours: number }[]> = fc.array(
  fc.record({
    step: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('archive' as const),
          count: fc.integer({ min: 1, max: 4 }),
          isOneLate: fc.boolean(),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constantFrom(
            'fill' as const,
            'backUp' as const,
            'backUp' as const,
            'promote' as const,
            'expire' as const,
          ),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('late' as const),
          behind: fc.integer({ min: 0, max: 2 }),
        }),
      },
    ),
    hours: fc.oneof(
      fc.constant(0.01),
      fc.constant(1),
      fc.constant(1),
      fc.constant(7),
      fc.constant(26),
    ),
  }),
  { minLength: 1, maxLength: 14 },
);

/** Where a life has come to. */
interface Position {
  timeline: number;
  next: number;
  readonly parents: (readonly [number, number])[];
  readonly holes: (readonly [timeline: number, number: number])[];
  readonly backups: { readonly id: string; readonly timeline: number; readonly start: number }[];
  hasExpired: boolean;
}

describe('an incremental audit', () => {
  test('sees what one sees that lists everything, at every step of any life', async () => {
    let incremental = 0;
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const life = await beginLife();
        const at: Position = {
          timeline: 1,
          next: 1,
          parents: [],
          holes: [],
          backups: [],
          hasExpired: false,
        };
        for (const { step, hours } of steps) {
          await take(life, at, step);
          life.wait(hours);
          const record = await life.audit();
          const anew = await life.auditAnew();
          expect(verdictOf(record)).toEqual(verdictOf(anew));
          expect(storedOf(record, at)).toEqual(storedOf(anew, at));
          if (record.pass === 'incremental') incremental += 1;
        }
      }),
      { numRuns: RUNS },
    );
    expect(incremental).toBeGreaterThan(RUNS);
  }, 120_000);
});

/** All that somebody acts on. */
function verdictOf({ findings, figures }: AuditRecord): object {
  const { recoverablePoint, windows, gaps, knownGaps, restorableBackups, windowDays } =
    figures ?? {};
  return { findings, recoverablePoint, windows, gaps, knownGaps, restorableBackups, windowDays };
}

/** What an expiry takes away behind an audit's back is counted until all is listed anew. */
function storedOf({ figures }: AuditRecord, { hasExpired }: Position): object {
  if (hasExpired) return {};
  const { wal, index, base } = figures?.stored ?? {};
  return { wal, index, base, missing: figures?.missingIndexes };
}

async function take(life: ArchiveLife, at: Position, step: Step): Promise<void> {
  switch (step.kind) {
    case 'archive': {
      const late = step.isOneLate ? at.next : undefined;
      const from = at.next;
      at.next += step.count;
      for (let number = from; number < at.next; number += 1) {
        if (number === late && step.count > 1) at.holes.push([at.timeline, number]);
        else await life.archive(number, at.timeline);
      }
      return;
    }
    case 'fill': {
      const hole = at.holes.shift();
      if (hole !== undefined) await life.archive(hole[1], hole[0]);
      return;
    }
    case 'backUp': {
      const start = at.next;
      at.next += 1;
      await life.archive(start, at.timeline);
      const id = await life.backUp(start, at.timeline);
      at.backups.push({ id, timeline: at.timeline, start });
      return;
    }
    case 'promote':
      if (at.timeline === 4) return;
      at.parents.push([at.timeline, at.next]);
      at.timeline += 1;
      await life.promote(at.timeline, at.parents);
      return;
    case 'late':
      // Of an older timeline, behind where it was left: the old primary ships on.
      await life.archive(at.next + step.behind, Math.max(1, at.timeline - 1));
      return;
    case 'expire': {
      const [oldest, second] = at.backups;
      if (oldest === undefined || second?.timeline !== 1) return;
      at.hasExpired = true;
      at.backups.shift();
      await life.letGo([oldest.id], second.start);
      const { keys } = life.lineage;
      for await (const { key } of life.store.list(keys.backup(oldest.id).prefix)) life.remove(key);
      for (const prefix of [keys.walPrefix, keys.walIndexPrefix]) {
        for await (const { key } of life.store.list(prefix)) {
          const name = /\/00000001([0-9A-F]{16})\./.exec(key)?.[1];
          if (name !== undefined && Number.parseInt(name, 16) < second.start) life.remove(key);
        }
      }
      at.holes.splice(
        0,
        at.holes.length,
        ...at.holes.filter(([timeline, number]) => timeline > 1 || number >= second.start),
      );
    }
  }
}
