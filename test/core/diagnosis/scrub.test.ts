import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameOf, scrub } from '../../../lib/core/diagnosis/scrub.ts';

/** A word of letters that no message has by itself. */
const secret = fc.stringMatching(/^[a-z]{8,20}$/).map((word) => `zq${word}`);
const quoted = fc
  .tuple(secret, fc.constantFrom("'", '"', '`', '$$', '$tag$', '«', '“', "E'"))
  .map(([word, quote]) => ({ word, text: `${quote}${word}${closing(quote)}` }));
const prose = fc.constantFrom('invalid input syntax', 'duplicate key', ' for ', '\n', ': ');

function closing(quote: string): string {
  return { '«': '»', '“': '”', "E'": "'" }[quote] ?? quote;
}

describe('scrub', () => {
  test.each([
    ['permission denied for function pg_ls_waldir', 'permission denied for function pg_ls_waldir'],
    [
      'invalid input syntax for type integer: "4111 1111"',
      'invalid input syntax for type integer: …',
    ],
    ['relation "a" does not exist', 'relation … does not exist'],
    ['Key (card)=(\'4111\') of "x" exists', 'Key (card)=(… exists'],
    ['value 4111111111111111 is out of range', 'value # is out of range'],
    ['unterminated quoted string at or near "secret', 'unterminated quoted string at or near …'],
  ])('makes of %s: %s', (text, words) => {
    expect(scrub(text)).toBe(words);
  });

  test('lets nothing through that stood in quotes, whatever is around it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(prose, quoted), { maxLength: 12 }), (pieces) => {
        const text = pieces.map((one) => (typeof one === 'string' ? one : one.text)).join('');
        const words = pieces.flatMap((one) => (typeof one === 'string' ? [] : [one.word]));
        const scrubbed = scrub(text);
        expect(words.filter((word) => scrubbed.includes(word))).toEqual([]);
      }),
    );
  });

  test('lets nothing through behind a quote that was never closed', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom("'", '"', '$', '„'), (word, quote) => {
        expect(scrub(`syntax error at ${quote}${word}`)).toBe('syntax error at …');
      }),
    );
  });

  test('lets no number through, in whatever digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.double(), fc.bigInt(), (text, one, other) => {
        expect(scrub(`${text}${one} ${other}٣４`)).not.toMatch(/\p{N}/u);
      }),
    );
  });

  test('is short, on one line, and the same when done twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        const once = scrub(text);
        expect(once.length).toBeLessThanOrEqual(200);
        expect(once).not.toMatch(/[\n\r\t\0]/);
        expect(scrub(once)).toBe(once);
      }),
    );
  });
});

test('a name is on one line, and no longer than PostgreSQL’s', () => {
  expect(nameOf('a\nb')).toBe('a b');
  expect(nameOf('x'.repeat(100))).toHaveLength(63);
});
