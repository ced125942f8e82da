import { occurrenceId } from '../../contract/deployed-names.ts';
import type { RetentionPlan } from '../retention-plan.ts';
import { aliveTimelines } from './alive-timelines.ts';
import { assertPlannable } from './assert-plannable.ts';
import { draftPlan } from './draft-plan.ts';
import { findDoubts } from './doubts.ts';
import { ruleKeeps } from './keep-rules.ts';
import { knownBackups } from './known-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';
import { fitCap } from './size-cap.ts';
import { planWarnings } from './warnings.ts';
import { windowNeeds } from './window-rule.ts';

/**
 * What of a lineage stays and what may go, each with its reasons. Nothing is changed by it.
 *
 * The recovery window keeps its backups, the newest one before it for each timeline that reaches into it or
 * is written now, and all WAL from there on. Picks of the calendar, the newest, holds and recoveries keep
 * backups with the WAL that makes them consistent. Whatever came within the window stays, and in doubt
 * everything does.
 *
 * @throws {@link OpsError} `RETENTION-CATALOGUE`, `RETENTION-HOLD`: then nothing is planned.
 */
export function planRetention(facts: RetentionFacts): RetentionPlan {
  assertPlannable(facts);
  const known = knownBackups(facts);
  const alive = aliveTimelines(facts, known);
  const doubts = findDoubts(facts, known, alive);
  const { keeps, claims } = windowNeeds(facts, known, alive.histories);
  const { firm, picks } = ruleKeeps(facts, known);
  const draft = fitCap(facts.policy, picks, (some) =>
    draftPlan({ facts, known, doubts, claims, keeps: [...keeps, ...firm, ...some] }),
  );
  return {
    id: occurrenceId(facts.now),
    at: facts.now,
    policy: facts.policy,
    backups: [...draft.backups],
    wal: [...draft.wal],
    warnings: [...planWarnings(facts, known, doubts, draft)],
  };
}
