import { describe, expect, test } from 'vitest';
import type { SecretAge } from '../../../../lib/core/ports/secret-ages.ts';
import { ago, everyFive, judge, NOW } from './estate-stage.ts';

const DAY_MS = 86_400_000;
const HOUR_MIN = 60;

const secret = (name: string, daysLeft: number, given: Partial<SecretAge> = {}): SecretAge => ({
  name,
  isRotated: true,
  rotatedAt: NOW,
  dueAt: new Date(NOW.getTime() + daysLeft * DAY_MS),
  ...given,
});

describe('B22 secrets-rotated', () => {
  test('is ok by the one that is due first', () => {
    expect(judge('B22', [secret('a', 20), secret('b', 9)])).toMatchObject({
      standing: 'ok',
      says: 'b: 9.0 days left',
      values: { SecretDaysLeft: 9 },
    });
  });

  test('warns of one that is overdue, and pages after a day', () => {
    expect(judge('B22', [secret('a', 20), secret('b', -0.5)])).toMatchObject({
      standing: 'warn',
      values: { SecretDaysLeft: -0.5 },
      findings: [{ subject: 'b', says: 'due 0.5 days ago' }],
    });
    expect(judge('B22', [secret('b', -2)])).toMatchObject({ standing: 'page' });
  });

  test('warns of one whose rotation is switched off', () => {
    const off = secret('b', 5, { isRotated: false });
    expect(judge('B22', [secret('a', 20), off])).toMatchObject({
      standing: 'warn',
      says: 'a: 20.0 days left; 1 secret that nobody rotates',
      values: { SecretDaysLeft: 20 },
      findings: [{ subject: 'b', says: 'nobody rotates it' }],
    });
    expect(judge('B22', [off])).toMatchObject({
      standing: 'warn',
      says: '1 secret that nobody rotates',
    });
  });

  test('is absent where none is to be rotated', () => {
    expect(judge('B22', [])).toMatchObject({ standing: 'absent' });
  });
});

describe('M1 database-probed', () => {
  test('is ok while the probe comes to its end', () => {
    expect(judge('M1', { DatabaseProbed: ago({ 3: 1, 2: 1, 1: 1 }) })).toMatchObject({
      standing: 'ok',
    });
  });

  test('pages once it is silent: to see nothing of it is to see that', () => {
    expect(judge('M1', {})).toMatchObject({ standing: 'page', says: 'it is silent' });
    expect(judge('M1', { DatabaseProbed: ago({ 5: 1 }) })).toMatchObject({ standing: 'page' });
  });
});

describe('M2 checks-work', () => {
  test('is ok when a check failed now and then', () => {
    const fact = {
      ChecksFailedB: ago({ 10: 1, 5: 0, 0: 1 }),
      ChecksFailedA: everyFive(3, () => 0),
    };
    expect(judge('M2', fact)).toMatchObject({ standing: 'ok' });
  });

  test('warns when one fails at every run, and pages for tier A', () => {
    expect(judge('M2', { ChecksFailedC: everyFive(3, () => 2) })).toMatchObject({
      standing: 'warn',
      says: 'checks of tier C for 15 minutes',
      findings: [{ subject: 'tier C', says: '2 checks' }],
    });
    expect(judge('M2', { ChecksFailedA: everyFive(3, () => 1) })).toMatchObject({
      standing: 'page',
    });
  });
});

describe('M4 paging-proven', () => {
  test.each([
    [{ 60: 1 }, 'ok'],
    [{ [30 * HOUR_MIN]: 1 }, 'warn'],
    [{}, 'page'],
  ])('after proofs of %j minutes ago is %s', (values, standing) => {
    const EstateProbed = ago({ [47 * HOUR_MIN]: 60 });
    expect(judge('M4', { PagingProven: ago(values), EstateProbed })).toMatchObject({ standing });
  });

  test('waits for the first proof of a deployment that is younger than a day', () => {
    const young = { EstateProbed: ago({ [2 * HOUR_MIN]: 60, 0: 60 }) };
    for (const fact of [{}, young])
      expect(judge('M4', fact)).toMatchObject({ standing: 'waiting' });
  });
});

describe('M5 functions-work', () => {
  test('is ok while none has errors', () => {
    const fact = [{ name: 'notify', errors: 0, throttles: 0 }];
    expect(judge('M5', fact)).toMatchObject({ standing: 'ok' });
  });

  test('warns of an error, and pages for several of one function', () => {
    const well = { name: 'probe', errors: 0, throttles: 0 };
    expect(judge('M5', [well, { name: 'notify', errors: 1, throttles: 0 }])).toMatchObject({
      standing: 'warn',
      findings: [{ subject: 'notify', says: '1 error, held back 0 times' }],
    });
    expect(judge('M5', [{ name: 'notify', errors: 2, throttles: 1 }])).toMatchObject({
      standing: 'page',
    });
  });

  test('is absent where the deployment names none', () => {
    expect(judge('M5', [])).toMatchObject({ standing: 'absent' });
  });
});

describe('M6 tasks-run', () => {
  test('is ok when none runs, or one within its time', () => {
    expect(judge('M6', { BackupFailed: ago({ 60: 0 }) })).toMatchObject({ standing: 'ok' });
    expect(judge('M6', { BackupElapsedSec: ago({ 1: 600 }) })).toMatchObject({
      standing: 'ok',
      says: 'one has run for 10 min 0 s',
    });
  });

  test('warns of one that uses up its time, or never started', () => {
    expect(judge('M6', { BackupElapsedSec: ago({ 1: 20_000 }) })).toMatchObject({
      standing: 'warn',
    });
    expect(judge('M6', { TaskNotStarted: ago({ 600: 1 }) })).toMatchObject({
      standing: 'warn',
      says: '1 task never started within a day',
    });
  });

  test('pages for one that failed within a day', () => {
    expect(judge('M6', { BackupFailed: ago({ 600: 1 }) })).toMatchObject({
      standing: 'page',
      says: '1 base backup failed within a day',
    });
  });
});
