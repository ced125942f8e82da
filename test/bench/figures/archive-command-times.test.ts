import { expect, test } from 'vitest';
import { archiveCommandTimes } from '../../../bench/figures/archive-command-times.ts';

const line = (at: string, text: string): string => `${at} 4242 ${text}`;
const START = 'DEBUG:  executing archive command "set -- /spool 000000010000000000000001"';
const END = 'DEBUG:  archived write-ahead log file "000000010000000000000001"';

test('a command lasts from its start to its success, in milliseconds', () => {
  const log = [
    line('1795341414.511', START),
    line('1795341414.513', 'DEBUG:  something else'),
    line('1795341414.516', END),
    line('1795341414.600', START),
    line('1795341414.603', END),
  ].join('\n');
  expect(archiveCommandTimes(log).map((ms) => Math.round(ms))).toEqual([5, 3]);
});

test('a command that failed and was started again counts from its last start', () => {
  const log = [
    line('100.000', START),
    line('100.900', 'LOG:  archive command failed with exit code 1'),
    line('102.000', START),
    line('102.010', END),
  ].join('\n');
  expect(archiveCommandTimes(log).map((ms) => Math.round(ms))).toEqual([10]);
});

test('a log without any command gives no time', () => {
  expect(archiveCommandTimes('nothing\n')).toEqual([]);
  expect(archiveCommandTimes(line('100.010', END))).toEqual([]);
});
