import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALARM_STATES, type AlarmState } from '../../../lib/core/ports/alarm-states.ts';
import { namesIn, parseAlarmRule } from './alarm-rule.ts';

const holds = (rule: string, states: Readonly<Record<string, AlarmState>>): boolean =>
  parseAlarmRule(rule)(new Map(Object.entries(states)));

const STATES = { a: 'ALARM', b: 'OK', c: 'INSUFFICIENT_DATA', 'd e': 'ALARM' } as const;

describe('the rule of a composite alarm', () => {
  test.each([
    ['ALARM(a)', true],
    ['ALARM("b")', false],
    ['OK(b) AND INSUFFICIENT_DATA("c")', true],
    ["ALARM(b) OR ALARM(c) OR ALARM('d e')", true],
    ['ALARM(a) OR ALARM(b) AND ALARM(c)', true],
    ['(ALARM(a) OR ALARM(b)) AND ALARM(c)', false],
    ['NOT ALARM(a)', false],
    ['NOT (ALARM(b) OR OK(a))', true],
    ['NOT NOT ALARM(a)', true],
    ['TRUE', true],
    ['FALSE OR ALARM(unheard-of)', false],
    ['AT_LEAST(2, ALARM, (a, b, "d e"))', true],
    ['AT_LEAST(3, ALARM, (a, b, "d e"))', false],
    ['AT_LEAST(2, NOT ALARM, (a, b, c))', true],
    ['AT_LEAST(1, OK, (a)) OR ALARM(a)', true],
  ])('%s', (rule, wanted) => {
    expect(holds(rule, STATES)).toBe(wanted);
  });

  test.each(['', 'ALARM', 'ALARM(a', 'ALARM(a) ALARM(b)', 'BAD(a)', 'AT_LEAST(3, ALARM, (a, b))'])(
    'is none: %s',
    (rule) => {
      expect(() => parseAlarmRule(rule)).toThrow(/no rule of a composite alarm/);
    },
  );

  test('names alarms, in brackets and out', () => {
    const rule = 'ALARM("a") AND (NOT OK(b) OR AT_LEAST(1, ALARM, (c, a)))';
    expect(namesIn(rule)).toEqual(['a', 'b', 'c']);
  });

  test('means what it says, however it is nested', () => {
    type Node = { readonly text: string; readonly value: boolean };
    const leaf = fc
      .tuple(fc.constantFrom(...Object.keys(STATES)), fc.constantFrom(...ALARM_STATES))
      .map(([name, state]): Node => ({
        text: `${state}("${name}")`,
        value: Object.entries(STATES).some(([one, is]) => one === name && is === state),
      }));
    const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]): Node => ({
          text: `(${left.text} AND ${right.text})`,
          value: left.value && right.value,
        })),
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]): Node => ({
          text: `(${left.text} OR ${right.text})`,
          value: left.value || right.value,
        })),
        tie('tree').map((one): Node => ({ text: `NOT ${one.text}`, value: !one.value })),
      ),
    }));
    fc.assert(
      fc.property(tree, ({ text, value }) => {
        expect(holds(text, STATES)).toBe(value);
      }),
    );
  });
});
