import type { AlarmState } from '../../../lib/core/ports/alarm-states.ts';
import type { States } from './alarm.ts';

/** Whether a rule holds. */
export type Rule = (states: States) => boolean;

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([(),])|([^\s(),"']+))/y;

/** A word, or a sign, or a name in quotes. */
interface Token {
  readonly text: string;
  readonly isName: boolean;
}

/**
 * Reads the rule of a composite alarm.
 *
 * @throws when it is none.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 * @example parseAlarmRule('ALARM("a") AND NOT OK(b)')
 */
export function parseAlarmRule(text: string): Rule {
  const parser = parserOf(tokensOf(text), text);
  const rule = parser.either();
  parser.end();
  return rule;
}

/** Names of the alarms that a rule looks at. */
export function namesIn(text: string): readonly string[] {
  const names = new Set<string>();
  const seen: States = {
    get: (name: string): AlarmState => {
      names.add(name);
      return 'OK';
    },
  } as unknown as States;
  parseAlarmRule(text)(seen);
  return [...names];
}

interface Parser {
  either(): Rule;
  end(): void;
}

function parserOf(tokens: readonly Token[], text: string): Parser {
  let at = 0;
  const fail = (): never => {
    throw new Error(`no rule of a composite alarm, at ${tokens[at]?.text ?? 'its end'}: ${text}`);
  };
  const next = (): Token => tokens[at++] ?? fail();
  const isNext = (word: string): boolean => {
    const token = tokens[at];
    return token !== undefined && !token.isName && token.text === word;
  };
  const take = (word: string): boolean => {
    const found = isNext(word);
    if (found) at += 1;
    return found;
  };
  const expect = (word: string): void => {
    if (!take(word)) fail();
  };
  const inBrackets = <T>(read: () => T): T => {
    expect('(');
    const value = read();
    expect(')');
    return value;
  };

  const either = (): Rule => {
    const rules = [both()];
    while (take('OR')) rules.push(both());
    return (states) => rules.map((rule) => rule(states)).includes(true);
  };
  const both = (): Rule => {
    const rules = [one()];
    while (take('AND')) rules.push(one());
    return (states) => !rules.map((rule) => rule(states)).includes(false);
  };
  const one = (): Rule => {
    if (take('NOT')) {
      const rule = one();
      return (states) => !rule(states);
    }
    if (isNext('(')) return inBrackets(either);
    if (take('TRUE')) return () => true;
    if (take('FALSE')) return () => false;
    if (take('AT_LEAST')) return inBrackets(atLeast);
    const state = stateOf(next(), fail);
    const name = inBrackets(() => next().text);
    return (states) => states.get(name) === state;
  };
  const atLeast = (): Rule => {
    const count = Number(next().text);
    expect(',');
    const isNot = take('NOT');
    const state = stateOf(next(), fail);
    expect(',');
    const names = inBrackets(() => {
      const list = [next().text];
      while (take(',')) list.push(next().text);
      return list;
    });
    if (!Number.isInteger(count) || count < 1 || count > names.length) fail();
    return (states) =>
      names.filter((name) => (states.get(name) === state) !== isNot).length >= count;
  };
  return {
    either,
    end: () => {
      if (at < tokens.length) fail();
    },
  };
}

function stateOf({ text, isName }: Token, fail: () => never): AlarmState {
  if (!isName && (text === 'ALARM' || text === 'OK' || text === 'INSUFFICIENT_DATA')) return text;
  return fail();
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const [, quoted, single, sign, word] = TOKEN.exec(text) ?? [];
    const name = quoted ?? single;
    const token = name ?? sign ?? word;
    if (token === undefined) throw new Error(`no rule of a composite alarm: ${text}`);
    tokens.push({ text: token, isName: name !== undefined });
  }
  return tokens;
}
