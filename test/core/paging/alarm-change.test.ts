import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAlarmChange } from '../../../lib/core/paging/alarm-change.ts';
import { alarmChange, alarmJson } from './samples.ts';

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

  test('takes a composite alarm, which has no trigger', () => {
    const text = alarmJson({ Trigger: undefined, AlarmRule: 'ALARM(a) OR ALARM(b)' });
    expect(parseAlarmChange(text)).toEqual(alarmChange());
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
