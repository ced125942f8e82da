import { expect, test } from 'vitest';
import { accountTicks, orphanedTicks } from '../../../bench/machine/cpu-account.ts';
import type { ProcessStat } from '../../../bench/machine/process-stat.ts';

const SELF = 10;
const process = (pid: number, parent: number, more: Partial<ProcessStat> = {}): ProcessStat => ({
  pid,
  parent,
  name: 'tool',
  ownTicks: 0,
  endedTicks: 0,
  startTick: pid,
  ...more,
});
const self = process(SELF, 1, { name: 'node', ownTicks: 999, endedTicks: 5 });
const postmaster = process(20, SELF, { name: 'postgres', ownTicks: 1, endedTicks: 2 });
const archiver = process(21, 20, { name: 'postgres', ownTicks: 4, endedTicks: 100 });

test('what measures is not measured, but what it has waited for is', () => {
  expect(accountTicks([self, process(11, SELF, { ownTicks: 7 })], SELF)).toEqual({
    tool: 12,
    server: 0,
  });
});

test("commands of the archiver are the tool's, backends that have ended the server's", () => {
  expect(accountTicks([self, postmaster, archiver], SELF)).toEqual({ tool: 105, server: 7 });
});

test('a program in the background is counted when it ends, for nobody else does', () => {
  const daemon = process(30, 1, { ownTicks: 50, endedTicks: 6 });
  expect(orphanedTicks([self, daemon], [self])).toEqual({ tool: 56, server: 0 });
});

test('so are its workers that ended between the same two looks', () => {
  const daemon = process(30, 1, { ownTicks: 50 });
  const worker = process(31, 30, { ownTicks: 9 });
  expect(orphanedTicks([self, daemon, worker], [self])).toEqual({ tool: 59, server: 0 });
  expect(orphanedTicks([self, daemon, worker], [self, daemon])).toEqual({ tool: 0, server: 0 });
});

test('what was waited for is not counted twice, and what lives on not at all', () => {
  const child = process(40, SELF, { ownTicks: 50 });
  const daemon = process(30, 1, { ownTicks: 50 });
  expect(orphanedTicks([self, child, daemon], [self, daemon])).toEqual({ tool: 0, server: 0 });
});

test('a process id that was used again is another process', () => {
  const daemon = process(30, 1, { ownTicks: 50 });
  const other = process(30, 1, { ownTicks: 1, startTick: 77 });
  expect(orphanedTicks([daemon], [other])).toEqual({ tool: 50, server: 0 });
});
