import { describe, expect, test } from 'vitest';
import {
  exitStatus,
  judge,
  lostCommits,
  type Measurements,
  proofLines,
  unproven,
} from '../../../bin/demo/proof.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';

const TARGET = new Date('2026-11-22T00:00:10.000Z');
const GOOD: Measurements = {
  comparison: { committed: 6, recovered: 6, lost: [], unexpectedCount: 0 },
  lostCommits: 0,
  rpoSec: 0.12345,
  rtoSec: 2.5,
  target: TARGET,
  reachedTime: new Date('2026-11-22T00:00:09.900Z'),
};

describe('judge', () => {
  test('says proven when every row is back and nothing else', () => {
    expect(judge(GOOD)).toEqual({
      verdict: 'proven',
      rowsCommitted: 6,
      rowsRecovered: 6,
      lostCommits: 0,
      unexpectedRows: 0,
      rpoSec: 0.123,
      rtoSec: 2.5,
      target: '2026-11-22T00:00:10.000Z',
      reachedTime: '2026-11-22T00:00:09.900Z',
    });
  });

  test.each([
    [
      'a row is lost or changed',
      { comparison: { ...GOOD.comparison, recovered: 5, lost: ['ledger 1'] } },
    ],
    [
      'a row came that nobody committed',
      { comparison: { ...GOOD.comparison, unexpectedCount: 1 } },
    ],
    ['a commit is lost', { lostCommits: 1 }],
    ['recovery went past its target', { reachedTime: new Date(TARGET.getTime() + 1) }],
    ['nobody knows where recovery stopped', { reachedTime: undefined }],
    [
      'nothing was committed',
      { comparison: { committed: 0, recovered: 0, lost: [], unexpectedCount: 0 } },
    ],
  ])('says failed when %s', (_, fault) => {
    const measured = { ...GOOD, ...fault };
    const proof = judge(measured);
    expect(proof.verdict).toBe('failed');
    expect(proofLines(proof, measured).join('\n')).toContain('FAILED');
    expect(exitStatus(proof)).toBe(ERROR_CODES['DEMO-FAILED'].exitCode);
  });

  test('ends with 0 only when it is proven', () => {
    expect(exitStatus(judge(GOOD))).toBe(0);
  });

  test('says failed, and why, when the demo broke down', () => {
    const error = new OpsError('RESTORE-ABORTED', 'the server ended', { hint: 'look at its log' });
    expect(unproven(error)).toMatchObject({
      verdict: 'failed',
      error: { code: 'RESTORE-ABORTED', hint: 'look at its log' },
    });
  });
});

describe('proofLines', () => {
  test('names the first ten rows that differ', () => {
    const lost = Array.from({ length: 30 }, (_, i) => `ledger ${i}`);
    const measured = { ...GOOD, comparison: { ...GOOD.comparison, lost } };
    const named = proofLines(judge(measured), measured).filter((line) => line.includes('differs'));
    expect(named).toHaveLength(10);
  });

  test('says proven, with what was measured', () => {
    const text = proofLines(judge(GOOD), GOOD).join('\n');
    expect(text).toContain('PROVEN');
    expect(text).toContain('123 ms');
    expect(text).toContain('2.5 s');
  });
});

describe('lostCommits', () => {
  const model = {
    rows: new Map(),
    commitOf: new Map([
      ['1', 0],
      ['2', 0],
      ['3', 1],
    ]),
  };

  test('counts transactions of the ledger, not their rows', () => {
    expect(lostCommits([], model)).toBe(0);
    expect(lostCommits(['ledger 1', 'ledger 2'], model)).toBe(1);
    expect(lostCommits(['ledger 1', 'ledger 3'], model)).toBe(2);
  });

  test('counts each row of pgbench’s history as one', () => {
    expect(lostCommits(['pgbench_history a #1', 'pgbench_history a #2'], model)).toBe(2);
    expect(lostCommits(['pgbench_tellers a #1', 'heartbeat'], model)).toBe(0);
  });
});
