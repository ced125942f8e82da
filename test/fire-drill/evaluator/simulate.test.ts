import { describe, expect, test } from 'vitest';
import type { CompositeAlarm, MetricAlarm } from './alarm.ts';
import { pointsOf } from './points-of.ts';
import { type History, metricKey, simulate } from './simulate.ts';

const metric = (id: string, changes: Partial<MetricAlarm> = {}): MetricAlarm => ({
  kind: 'metric',
  id,
  name: id,
  description: id,
  namespace: 'N',
  metric: id,
  statistic: 'Maximum',
  periodSec: 60,
  comparison: 'GreaterThanThreshold',
  threshold: 0,
  periods: 1,
  within: 1,
  missing: 'notBreaching',
  tells: [],
  clears: [],
  ...changes,
});
const composite = (
  id: string,
  rule: string,
  more: Partial<CompositeAlarm> = {},
): CompositeAlarm => ({
  kind: 'composite',
  id,
  name: id,
  description: id,
  rule,
  suppressor: undefined,
  tells: ['Page'],
  clears: ['Page'],
  ...more,
});
/** A value a minute: `0001100` is bad in its fourth minute and its fifth. */
const run = (
  alarms: readonly (MetricAlarm | CompositeAlarm)[],
  values: Record<string, string>,
): History =>
  simulate(
    alarms,
    new Map(
      Object.entries(values).map(([name, signs]) => [
        metricKey('N', name),
        signs
          .split('')
          .flatMap((sign, minute) =>
            sign === '-' ? [] : [{ atSec: minute * 60 + 5, value: Number(sign) }],
          ),
      ]),
    ),
    Math.max(...Object.values(values).map(({ length }) => length)),
  );
const told = ({ notices }: History): readonly string[] =>
  notices
    .filter(({ topics }) => topics.length > 0)
    .map(({ atMin, alarm, state }) => `${atMin} ${alarm.id} ${state}`);

describe('an alarm on a metric', () => {
  test('counts only periods that are over, by their statistic', () => {
    const datapoints = [0, 30, 60, 90, 299, 300].map((atSec) => ({ atSec, value: 2 }));
    const points = (changes: Partial<MetricAlarm>): readonly string[] =>
      pointsOf(metric('a', { periodSec: 300, threshold: 5, ...changes }), datapoints, 599);
    expect(points({ statistic: 'Sum' })).toEqual(['none', 'none', 'bad']);
    expect(points({ statistic: 'Maximum' })).toEqual(['none', 'none', 'good']);
    expect(points({ statistic: 'Average', comparison: 'LessThanThreshold' }).at(-1)).toBe('bad');
    expect(points({ statistic: 'Minimum', threshold: 2 }).at(-1)).toBe('good');
    expect(points({ comparison: 'LessThanOrEqualToThreshold', threshold: 2 }).at(-1)).toBe('bad');
  });

  test('tells its topics when it fires and when it is over', () => {
    const alarm = metric('a', { periods: 2, within: 2, tells: ['Page'], clears: ['Page'] });
    expect(told(run([alarm], { a: '000111000' }))).toEqual(['0 a OK', '5 a ALARM', '7 a OK']);
  });
});

describe('a composite alarm', () => {
  const child = metric('a');
  const other = metric('b');

  test('tells of its children once, however many of them fire', () => {
    const parent = composite('p', 'ALARM(a) OR ALARM(b)');
    expect(told(run([parent, child, other], { a: '0011110', b: '0001100' }))).toEqual([
      '0 p OK',
      '3 p ALARM',
      '7 p OK',
    ]);
  });

  test('is evaluated after those that it looks at', () => {
    const outer = composite('o', 'ALARM(p)');
    const inner = composite('p', 'ALARM(a)', { tells: [] });
    expect(told(run([outer, inner, child], { a: '0011' }))).toContain('3 o ALARM');
  });

  test('that looks at itself by another is refused', () => {
    const alarms = [composite('o', 'ALARM(p)'), composite('p', 'ALARM(o)')];
    expect(() => run(alarms, { a: '0' })).toThrow(/look at one another/);
  });

  describe('with a suppressor', () => {
    const suppressor = { name: 'b', waitSec: 120, extensionSec: 120 };
    const parent = composite('p', 'ALARM(a)', { suppressor });
    const at = (a: string, b: string): readonly string[] =>
      told(run([parent, child, other], { a, b })).slice(1);

    test('tells nothing while the suppressor is in alarm, nor when both are over', () => {
      expect(at('0011110000', '0111111000')).toEqual([]);
    });

    test('waits for a suppressor that comes later', () => {
      expect(at('0011111000', '0001111100')).toEqual([]);
    });

    test('tells once it has waited in vain', () => {
      expect(at('0011111000', '0000000000')).toEqual(['5 p ALARM', '8 p OK']);
    });

    test('tells what is left when the suppressor’s trouble is over, and a while has passed', () => {
      expect(at('001111111111', '001110000000')).toEqual(['8 p ALARM']);
    });
  });
});
