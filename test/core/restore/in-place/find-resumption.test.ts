import { expect, test } from 'vitest';
import { findResumption } from '../../../../lib/core/restore/in-place/find-resumption.ts';
import type { InPlaceContext } from '../../../../lib/core/restore/in-place/in-place-context.ts';
import { parseTarget } from '../../../../lib/core/restore/plan/target.ts';
import { DATA, journalIn, RESULT } from './sample-journal.ts';

const CHECKPOINT = 0x3000028n;

/** How a command for `target` goes on when the last word was missing, by what the control file says. */
async function goOn(
  target: string,
  control: { readonly state: string; readonly checkpointLsn: bigint },
): Promise<string> {
  const journal = { ...journalIn('recovering'), result: RESULT, checkpointLsn: CHECKPOINT };
  const context = {
    place: {
      path: DATA,
      readJournal: async () => journal,
      look: async () => () => 'present',
      state: async () => 'occupied',
    },
    shippingOf: () => ({ controlData: async () => control }),
  } as unknown as InPlaceContext;
  return (await findResumption({ target: parseTarget(target), parallel: 1 }, context)).kind;
}

const STOPPED = { state: 'shut down', checkpointLsn: CHECKPOINT };

test('a recovery is done when its server is as it was left, and begins anew once it was used', async () => {
  expect(await goOn('latest', STOPPED)).toBe('done');
  expect(await goOn('latest', { ...STOPPED, checkpointLsn: CHECKPOINT + 1n })).toBe('begin');
  // It crashed ahead of its first checkpoint.
  expect(await goOn('latest', { ...STOPPED, state: 'in production' })).toBe('begin');
});

test('a recovery to another target does not take an earlier one for its own', async () => {
  expect(await goOn('immediate', STOPPED)).toBe('begin');
});
