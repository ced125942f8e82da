import { expect, test } from 'vitest';
import { judge } from '../../../bench/figures/target.ts';

const rivals = (name: string): number | undefined => ({ pgBackRest: 100, slow: 20 })[name];

test('a speed is compared with that of another tool', () => {
  const target = { against: 'pgBackRest', relation: '≥', limit: 1.2 } as const;
  const words = '≥ 1.2 × pgBackRest';
  expect(judge(target, 'MB/s', 130, rivals)).toEqual({ target: words, met: true, figure: 1.3 });
  expect(judge(target, 'MB/s', 110, rivals)).toEqual({ target: words, met: false, figure: 1.1 });
});

test('a figure that is just the limit meets it', () => {
  const target = { against: 'pgBackRest', relation: '≤', limit: 0.25 } as const;
  expect(judge(target, 'ms', 25, rivals)).toMatchObject({ met: true, figure: 0.25 });
});

test('a limit of times holds speeds the other way round', () => {
  const target = { against: 'slow', relation: '≤', limit: 1.1, inverse: 'the time' } as const;
  expect(judge(target, 'MB/s', 16, rivals)).toEqual({
    target: '≤ 1.1 × the time of slow',
    met: false,
    figure: 1.25,
  });
});

test('a figure is compared with a limit of its own', () => {
  const target = { relation: '≤', limit: 300 } as const;
  expect(judge(target, 'MB', 299, rivals)).toEqual({
    target: '≤ 300 MB',
    met: true,
    figure: 299,
  });
});

test('a target is neither met nor missed when the other tool is not here', () => {
  const target = { against: 'absent', relation: '≥', limit: 1.2 } as const;
  expect(judge(target, 'MB/s', 130, rivals)).toMatchObject({ met: undefined, figure: undefined });
});
