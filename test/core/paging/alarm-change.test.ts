import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAlarmChange, ruleMembers } from '../../../lib/core/paging/alarm-change.ts';
import { alarmChange, alarmJson, COMPOSITE, compositeJson } from './samples.ts';

describe('parseAlarmChange', () => {
  test('reads what CloudWatch publishes', () => {
    expect(parseAlarmChange(alarmJson())).toEqual(alarmChange());
  });

  test.each(['OK', 'INSUFFICIENT_DATA'] as const)('reads %s', (state) => {
    expect(parseAlarmChange(alarmJson({ NewStateValue: state }))?.state).toBe(state);
  });

  test.each([
    ['2026-12-01T05:10:00.123+0000', '2026-12-01T05:10:00.123Z'],
    ['2026-12-01T06:10:00.123+0100', '2026-12-01T05:10:00.123Z'],
    ['2026-12-01T05:10:00Z', '2026-12-01T05:10:00.000Z'],
    ['2026-12-01T00:40:00-04:30', '2026-12-01T05:10:00.000Z'],
  ])('reads the time %s', (text, expected) => {
    expect(parseAlarmChange(alarmJson({ StateChangeTime: text }))?.at.toISOString()).toBe(expected);
  });

  test('does without a description and a reason', () => {
    const text = alarmJson({ AlarmDescription: null, NewStateReason: null, AlarmArn: undefined });
    expect(parseAlarmChange(text)).toEqual(
      alarmChange({ description: undefined, reason: '', arn: undefined }),
    );
  });

  test('takes a composite alarm, which has no trigger but members', () => {
    expect(parseAlarmChange(compositeJson())).toMatchObject({
      name: COMPOSITE,
      composite: {
        members: ['holdfast-prod-orders-DatabaseUnreachable', 'holdfast-prod-orders-WriterWrong'],
        triggering: ['holdfast-prod-orders-DatabaseUnreachable'],
      },
    });
  });

  test.each([null, 'x', [{}], [{ Arn: 1 }]])(
    'takes it although its children are %j',
    (TriggeringChildren) => {
      expect(parseAlarmChange(compositeJson({ TriggeringChildren }))?.composite).toMatchObject({
        triggering: [],
      });
    },
  );

  test.each([
    { rule: 'ALARM(a) OR ALARM(b)', members: ['a', 'b'] },
    { rule: 'ALARM("a b") AND NOT OK( "c" ) AND ALARM("a b")', members: ['a b', 'c'] },
    { rule: 'TRUE OR FALSE', members: [] },
    {
      rule: '(ALARM("arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:holdfast-prod-x"))',
      members: ['holdfast-prod-x'],
    },
  ])('finds $members in the rule $rule', ({ rule, members }) => {
    expect(ruleMembers(rule)).toEqual(members);
  });

  test.each([
    'Is anybody there?',
    '{}',
    'null',
    '[1]',
    alarmJson({ AlarmName: '' }),
    alarmJson({ NewStateValue: 'WORSE' }),
    alarmJson({ StateChangeTime: 'just now' }),
  ])('%j is not an alarm’s', (text) => {
    expect(parseAlarmChange(text)).toBeUndefined();
  });

  test('takes any text without failing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(parseAlarmChange(text)).toBeUndefined();
      }),
    );
  });
});
