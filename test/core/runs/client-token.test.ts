import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientToken, type TokenSubject } from '../../../lib/core/runs/client-token.ts';

const subjects: fc.Arbitrary<TokenSubject> = fc.record({
  environment: fc.constantFrom('prod', 'staging', 'longestnameatall'),
  cluster: fc.constantFrom('orders', 'a-name-of-thirty-one-characters'),
  kind: fc.constant('base-backup' as const),
  occurrence: fc.constantFrom('20261201T010000Z', '20261202T010000Z'),
  attempt: fc.constantFrom(1, 2),
});

describe('clientToken', () => {
  test('is what ECS takes: at most 64 printable characters', () => {
    fc.assert(
      fc.property(subjects, (subject) => {
        expect(clientToken(subject)).toMatch(/^[!-~]{1,64}$/);
      }),
    );
  });

  test('is the same for the same task, and another for any other', () => {
    fc.assert(
      fc.property(subjects, subjects, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(clientToken(one) === clientToken(other)).toBe(isSame);
      }),
    );
  });
});
