import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generatePassword } from '../../../lib/core/secrets/generate-password.ts';

describe('generatePassword', () => {
  test('is 40 letters and digits, and never twice the same', () => {
    const passwords = Array.from({ length: 100 }, () => generatePassword(randomBytes));
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(new Set(passwords).size).toBe(100);
  });

  test('asks again in the place of bytes that would favour some letters', () => {
    const given = [Buffer.alloc(40, 255), Buffer.alloc(40, 0)];
    const password = generatePassword((count) =>
      (given.shift() ?? Buffer.alloc(0)).subarray(0, count),
    );
    expect(password).toBe('A'.repeat(40));
  });

  test('makes the most of whatever it is given', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20 }), (chunks) => {
        const left = [...chunks];
        const random = (count: number): Uint8Array =>
          left.shift()?.subarray(0, count) ?? Buffer.alloc(count, 61);
        expect(generatePassword(random)).toMatch(/^[A-Za-z0-9]{40}$/);
      }),
    );
  });
});
