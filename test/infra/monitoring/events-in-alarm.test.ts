import { describe, expect, test } from 'vitest';
import { REPEAT_TICK_MINUTES } from '../../../lib/core/contract/deployed-names.ts';
import { synthesize } from '../support/synthesis.ts';

/** What happens once: CloudWatch sees it in one period, and nothing in those behind it. */
const EVENTS = [
  'BackupFailed',
  'BackupTooSmall',
  'TaskNotStarted',
  'HostReplaced',
  'ScheduleDropped',
  'StarterFailing',
  'JudgeFailing',
  'RotationFailing',
  'TopicFailing',
  'GuardPaged',
  'TagStranger',
  'DeletedByHand',
  'GuardFailing',
  'ProofFailing',
  'TagJudgeFailing',
  'RetentionFailing',
  'LocksFailing',
  'ArchiveScheduleDropped',
];
const DEFAULT_REPEAT_MINUTES = 15;
const HOUR_SEC = 3_600;

const alarms = synthesize().resources('AWS::CloudWatch::Alarm');

describe('an alarm about what happens once', () => {
  test.each(EVENTS)('stays for an hour, so that it comes again: %s', (id) => {
    const { properties = {} } = alarms.find(({ path }) => path.endsWith(`/${id}`)) ?? {};
    const { Period, EvaluationPeriods, DatapointsToAlarm, TreatMissingData } = properties;
    expect(DatapointsToAlarm).toBe(1);
    expect(TreatMissingData).toBe('notBreaching');
    expect(Number(Period) * Number(EvaluationPeriods)).toBe(HOUR_SEC);
    expect(HOUR_SEC).toBeGreaterThan(60 * (DEFAULT_REPEAT_MINUTES + REPEAT_TICK_MINUTES));
  });
});
