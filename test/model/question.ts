import { formatLsn, type Lsn } from '../../lib/core/wal/lsn.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import type { RecoveryChoices } from '../../lib/core/restore/plan/recovery-plan.ts';

/** Where a recovery is asked to stop. */
export type AskedTarget =
  | { readonly kind: 'time'; readonly micros: bigint }
  | { readonly kind: 'lsn'; readonly lsn: Lsn }
  | { readonly kind: 'xid'; readonly xid: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'latest' | 'immediate' };

/** One recovery to ask for. */
export interface Question {
  readonly target: AskedTarget;
  readonly choices: RecoveryChoices;
  /** What is special about it, for people. */
  readonly about: string;
}

const MICROS_PER_MS = 1000n;

/** `target` as an operator writes it behind `--to`. */
export function targetText(target: AskedTarget): string {
  if (target.kind === 'time') return timeText(target.micros);
  if (target.kind === 'lsn') return formatLsn(target.lsn);
  if (target.kind === 'xid') return `xid:${target.xid}`;
  if (target.kind === 'name') return `name:${target.name}`;
  return target.kind;
}

/** A time or an LSN as the engine writes it. */
export function readTarget(text: string): AskedTarget {
  const target = parseTarget(text);
  if (target.kind === 'time') return { kind: 'time', micros: target.micros };
  if (target.kind === 'lsn') return target;
  throw new Error(`${text} is neither a time nor an LSN`);
}

/** A moment in UTC with microseconds. */
export function timeText(micros: bigint): string {
  const text = new Date(Number(micros / MICROS_PER_MS)).toISOString();
  return text.replace('Z', `${String(micros % MICROS_PER_MS).padStart(3, '0')}Z`);
}

/** The whole question in one line. */
export function questionText({ target, choices, about }: Question): string {
  const { exclusive, timeline, backupId } = choices;
  return [
    `--to ${targetText(target)}`,
    ...(exclusive === true ? ['--exclusive'] : []),
    ...(timeline === undefined ? [] : [`--timeline ${timeline}`]),
    ...(backupId === undefined ? [] : [`--backup ${backupId}`]),
    `(${about})`,
  ].join(' ');
}
