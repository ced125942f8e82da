import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitLine, fitScreen } from '../../../../bin/cli/status/fit.ts';
import { sparkline } from '../../../../bin/cli/status/sparkline.ts';

const RED = '\u001B[31m';
const PLAIN = '\u001B[39m';

test('a line that fits stays as it is, colours and all', () => {
  expect(fitLine(`${RED}lost${PLAIN}`, 4)).toBe(`${RED}lost${PLAIN}`);
});

test('a colour never runs on behind the cut', () => {
  expect(fitLine(`${RED}lost it${PLAIN}`, 5)).toBe(`${RED}lost\u001B[0m…`);
});

test('no line is ever wider than the screen, whatever is in it', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.constantFrom(RED, PLAIN, '▁', '█'),
  );
  const lines = fc.array(piece).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 40 }), (line, columns) => {
      const shown = Array.from(stripVTControlCharacters(fitLine(line, columns)));
      expect(shown.length).toBeLessThanOrEqual(columns);
      expect(shown.filter((one) => /\p{Cc}/u.test(one))).toEqual([]);
    }),
  );
});

test('a low screen says how many lines have no room', () => {
  const lines = ['one', 'two', 'three', 'four'];
  expect(fitScreen(lines, { columns: 80, rows: 4 })).toEqual(lines);
  expect(fitScreen(lines, { columns: 80, rows: 3 })).toEqual([
    'one',
    'two',
    '2 more lines: enlarge the window',
  ]);
  expect(fitScreen(lines, { columns: 80, rows: 0 })).toHaveLength(1);
});

test('a trend goes from nothing to its largest value; what is unknown is a dot', () => {
  expect(sparkline([])).toBe('');
  expect(sparkline([0, 0])).toBe('▁▁');
  expect(sparkline([0, 1, undefined, 7])).toBe('▁▂·█');
  expect(sparkline([undefined])).toBe('·');
});
