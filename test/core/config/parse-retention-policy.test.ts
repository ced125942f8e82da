import { describe, expect, test } from 'vitest';
import {
  parsePolicyText,
  parseRetentionPolicy,
} from '../../../lib/core/config/parse-retention-policy.ts';
import { isOpsError } from '../../../lib/core/errors/ops-error.ts';

function refusal(value: unknown): string {
  try {
    parseRetentionPolicy(value);
  } catch (error) {
    if (isOpsError(error, 'RETENTION-POLICY')) return error.message;
    throw error;
  }
  return '';
}

describe('a retention policy', () => {
  test('has a default for whatever is left out', () => {
    expect(parseRetentionPolicy({})).toEqual({
      windowDays: 35,
      daily: 7,
      weekly: 4,
      monthly: 12,
      yearly: 0,
      minBackups: 2,
      shorten: [],
      timeZone: 'UTC',
      agreementDays: 7,
      undeleteDays: 7,
      failedAfterHours: 24,
    });
  });

  test.each([
    ['nothing at all', undefined],
    ['a list', []],
    ['a window of no day', { windowDays: 0 }],
    ['no backup at all', { minBackups: 0 }],
    ['part of a day', { windowDays: 1.5 }],
    ['a field that nobody knows', { windowWeeks: 5 }],
    ['a rule that nobody knows', { maxBytes: 1, shorten: ['hourly'] }],
    ['a time zone that does not exist', { timeZone: 'Europe/Springfield' }],
    ['an offset, which has no summer time', { timeZone: '+01:00' }],
  ])('is refused with %s', (_, value) => {
    expect(refusal(value)).not.toBe('');
  });

  test('names every field at fault', () => {
    expect(refusal({ windowDays: 0, timeZone: 'Mars' })).toMatch(/windowDays.*Mars/);
  });

  test.each([
    [{ windowDays: 1, failedAfterHours: 48 }, /windowDays is 1.*failedAfterHours of 48/],
    [{ shorten: ['daily'] }, /shorten names daily.*no maxBytes/],
    [{ maxBytes: 5, shorten: ['yearly'] }, /shorten names yearly.*yearly is 0/],
    [{ maxBytes: 5, shorten: ['daily', 'daily'] }, /daily twice/],
  ])('that contradicts itself is refused with both values: %j', (value, says) => {
    expect(refusal(value)).toMatch(says);
  });

  test('may have a cap and nothing to shorten', () => {
    expect(parseRetentionPolicy({ maxBytes: 5 }).maxBytes).toBe(5);
  });
});

describe('a policy as text', () => {
  test('takes changes before what it says itself', () => {
    const policy = parsePolicyText('{"windowDays": 10, "daily": 3}', { windowDays: 20 });
    expect(policy).toMatchObject({ windowDays: 20, daily: 3 });
  });

  test.each(['', 'windowDays: 10', '[]', '"35"'])('is refused: %j', (text) => {
    expect(() => parsePolicyText(text)).toThrow(
      expect.objectContaining({ code: 'RETENTION-POLICY' }),
    );
  });
});
