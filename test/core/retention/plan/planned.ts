import { planRetention } from '../../../../lib/core/retention/plan/plan-retention.ts';
import type { PlannedWal, RetentionPlan } from '../../../../lib/core/retention/retention-plan.ts';
import { factsOf, idOf, type Past, type PastBackup } from './past.ts';

/** What is planned when this has happened. */
export function plan(past: Past): RetentionPlan {
  return planRetention(factsOf(past));
}

/** Rules by which a backup stays or goes. */
export function rulesOf({ backups }: RetentionPlan, backup: PastBackup): readonly string[] {
  const found = backups.find(({ id }) => id === idOf(backup));
  return found?.reasons.map(({ rule }) => rule) ?? [];
}

export function stayingBackups({ backups }: RetentionPlan): readonly string[] {
  return backups.filter(({ stays }) => stays).map(({ id }) => id);
}

/** Which segments go, as timeline and numbers. */
export function going({ wal }: RetentionPlan): readonly string[] {
  return wal.filter(({ stays }) => !stays).map(rangeOf);
}

function rangeOf({ first, last }: PlannedWal): string {
  const number = (name: string): number => Number.parseInt(name.slice(16), 16);
  const timeline = Number.parseInt(first.slice(0, 8), 16);
  const numbers = [...new Set([number(first), number(last)])].join('-');
  return `${timeline}:${numbers}`;
}
