import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  connectionValue,
  iniLine,
  userLine,
} from '../../../../lib/core/host/pooler/pooler-quoting.ts';

/** Anything that can be typed, with quotes and separators likelier than else. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '"', '=', ';', '#', ' ', '\\', '%', '$', ','),
    fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
  ),
  maxLength: 40,
});
// oxlint-disable-next-line no-control-regex
const isPrintable = (value: string): boolean => !/[\0-\x1f\x7f]/.test(value);
const printable = text.filter(isPrintable);
const control = fc.constantFrom('\n', '\r', '\0', '\t', '\x7f');

/** As libusual's cf_load_file reads a line: space around both is nobody's. */
function readIni(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

/** As PgBouncer's find_quote and copy_quoted read a field; gives it and what is left. */
function readQuoted(line: string, quote: string): readonly [string, string] {
  expect(line[0]).toBe(quote);
  let value = '';
  for (let at = 1; at < line.length; at += 1) {
    if (line[at] !== quote) value += line[at] ?? '';
    else if (line[at + 1] === quote) {
      value += quote;
      at += 1;
    } else return [value, line.slice(at + 1)];
  }
  throw new Error('the quote does not end');
}

describe('what goes into the pooler’s files', () => {
  test('is read back from pgbouncer.ini', () => {
    fc.assert(
      fc.property(
        printable.filter((value) => value.trim() === value),
        (value) => {
          expect(readIni(iniLine('name', value))).toEqual(['name', value]);
        },
      ),
    );
  });

  test('is read back from a connection string', () => {
    fc.assert(
      fc.property(printable, (value) => {
        expect(readQuoted(connectionValue(value), "'")).toEqual([value, '']);
      }),
    );
  });

  test('is read back from the file of users', () => {
    fc.assert(
      fc.property(printable, printable, (user, secret) => {
        const [first, rest] = readQuoted(userLine(user, secret), '"');
        expect(first).toBe(user);
        expect(rest[0]).toBe(' ');
        expect(readQuoted(rest.slice(1), '"')).toEqual([secret, '']);
      }),
    );
  });

  test('never begins another line, and is not repeated when it would', () => {
    fc.assert(
      fc.property(text, control, text, (before, end, after) => {
        const value = `${before}${end}${after}`;
        for (const write of [
          () => iniLine('name', value),
          () => connectionValue(value),
          () => userLine(value, 'secret'),
          () => userLine('user', value),
        ]) {
          expect(write).toThrow(
            expect.objectContaining({
              code: 'CONFIG-INVALID',
              message: expect.stringMatching(/^a value for .* has a control character$/),
            }),
          );
        }
      }),
    );
  });

  test('has no space at an end where that would be lost', () => {
    expect(() => iniLine('auth_query', 'SELECT ')).toThrow(
      'for auth_query of the pooler has space',
    );
  });
});
