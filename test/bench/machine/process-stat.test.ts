import { expect, test } from 'vitest';
import {
  parseHighWaterBytes,
  parseProcessStat,
  parseProportionalBytes,
} from '../../../bench/machine/process-stat.ts';

const REST = '1 7 7 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 1 0 987654 1000 2000';

test('reads who a process is, and what it and its ended children have used', () => {
  expect(parseProcessStat(`42 (node) S ${REST}\n`)).toEqual({
    pid: 42,
    name: 'node',
    parent: 1,
    ownTicks: 33,
    endedTicks: 77,
    startTick: 987_654,
  });
});

test('a name may hold spaces and brackets', () => {
  expect(parseProcessStat(`42 (a) b (c) S ${REST}`)).toMatchObject({ name: 'a) b (c', parent: 1 });
});

test('what is not such a text names no process', () => {
  expect(parseProcessStat('')).toBeUndefined();
  expect(parseProcessStat('42 node')).toBeUndefined();
});

test('reads memory in bytes; a process that is ending holds none', () => {
  expect(parseProportionalBytes('00-ff ---p [rollup]\nRss:  300 kB\nPss:  100 kB\n')).toBe(102_400);
  expect(parseHighWaterBytes('Name:\tnode\nVmHWM:\t  200 kB\nVmRSS:\t 100 kB\n')).toBe(204_800);
  expect(parseProportionalBytes('')).toBe(0);
  expect(parseHighWaterBytes('')).toBe(0);
});
