import { OpsError } from '../../errors/ops-error.ts';
import type { HiddenChoice } from './hidden-choice.ts';

/** There is nothing to bring back. */
export function nothingHidden(choice: HiddenChoice, hiddenAfter: Date | undefined): OpsError {
  const what = {
    all: () => 'nothing of this lineage is hidden',
    backup: (one: HiddenChoice) => `nothing of ${nameOf(one)} is hidden`,
    key: (one: HiddenChoice) => `${nameOf(one)} is not hidden`,
  }[choice.kind](choice);
  const since = hiddenAfter === undefined ? '' : ` since ${hiddenAfter.toISOString()}`;
  return new OpsError('VAULT-HIDDEN', `${what}${since}`, {
    hint: 'what was hidden longer ago than the undelete period is removed for good: see "holdfast list --hidden", then other copies',
    details: { choice: nameOf(choice) },
  });
}

/** The key is not free for what was hidden under it. */
export function inTheWay(key: string, cause?: unknown): OpsError {
  return new OpsError('VAULT-HIDDEN', `${key} cannot come back: something else is in its place`, {
    cause,
    hint: 'see who stored it; what is hidden stays readable by its version: see docs/restore-by-hand.md',
    details: { object: key },
  });
}

/** The record of a backup must not come back before all that it names. */
export function notWhole(id: string, object: string): OpsError {
  return new OpsError(
    'VAULT-HIDDEN',
    `backup ${id} cannot come back whole: ${object} is neither there nor hidden as its record says`,
    {
      hint: 'all else of it was brought back; use another backup, or a copy of that object',
      details: { backup: id, object },
    },
  );
}

/** What did not come back, when all that could has; `undefined` when that was everything. */
export function leftBehind(failures: readonly OpsError[]): OpsError | undefined {
  const [first, ...others] = failures;
  if (first === undefined || others.length === 0) return first;
  const { code, message, hint = '', details } = first;
  return new OpsError(code, `${message}; and ${others.length} more did not come back`, {
    cause: new AggregateError(failures),
    hint: `${hint}; all else was brought back, the same command names the next one`,
    details: { ...details, failed: failures.length },
  });
}

function nameOf(choice: HiddenChoice): string {
  if (choice.kind === 'all') return 'all';
  return choice.kind === 'backup' ? `backup ${choice.id}` : choice.key;
}
