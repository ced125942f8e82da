import { expect } from 'vitest';
import { lambdaContext } from '../../support/lambda-context.ts';
import { drillBook } from '../drill-book.ts';
import type { Emission } from '../run-drill.ts';
import { every } from './emissions.ts';

const drill = drillBook(import.meta.filename);

type Handler = (event: unknown, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;

/** The function of each alarm, and how loud it is. */
const FUNCTIONS = [
  ['RetentionFailing', 'ticket', 'apply-retention'],
  ['LocksFailing', 'ticket', 'extend-locks'],
  ['CopyLocksFailing', 'ticket', 'extend-locks'],
  ['StarterFailing', 'ticket', 'start-base-backup'],
  ['JudgeFailing', 'ticket', 'judge-task'],
  ['ProbeFailing', 'ticket', 'probe-estate'],
  ['FollowerFailing', 'page', 'follow-host'],
  ['RotationFailing', 'ticket', 'rotate-secret'],
  ['NotifierFailing', 'page', 'notify'],
  ['CopyNotifierFailing', 'page', 'notify'],
  ['AuditFailing', 'ticket', 'audit-archive'],
  ['HashStarterFailing', 'ticket', 'start-hash-audit'],
  ['HashJudgeFailing', 'ticket', 'judge-task'],
  ['GuardFailing', 'page', 'judge-change'],
  ['ProofFailing', 'ticket', 'prove-guard'],
  ['TagJudgeFailing', 'ticket', 'judge-tags'],
  ['ProbeDatabaseFailing', 'ticket', 'probe-database'],
  ['DiagnoserFailing', 'ticket', 'diagnose'],
  ['AnswererFailing', 'ticket', 'answer-health'],
] as const;

/** What Lambda counts of one invocation: an error for a function that throws. */
async function counted(name: string): Promise<Emission> {
  const { handler }: { handler: Handler } = await import(`../../../functions/${name}/handler.ts`);
  // The deployment's variables are missing, as after a change by hand.
  const [{ status }] = await Promise.allSettled([handler({}, lambdaContext())]);
  expect(status).toBe('rejected');
  return { 'AWS/Lambda Errors': 1 };
}

for (const [id, severity, name] of FUNCTIONS) {
  drill(id, severity, async () => {
    const well = every(1, { 'AWS/Lambda Errors': 0 });
    return { well, ill: every(1, await counted(name)), mended: well };
  });
}
