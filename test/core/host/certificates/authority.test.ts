import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeAuthorities,
  encodeAuthorities,
} from '../../../../lib/core/host/certificates/authority.ts';
import {
  makeAuthority,
  makeServerCertificate,
} from '../../../../lib/core/host/certificates/make-certificates.ts';

const NOW = new Date('2026-12-01T12:00:00Z');
const FIRST = makeAuthority(NOW);
const SECOND = makeAuthority(NOW);
const TEXT = encodeAuthorities([FIRST, SECOND]);
const [AUTHORITY] = decodeAuthorities('authority', TEXT);

describe('the text of the secret', () => {
  test('is read as it was written, the oldest first', () => {
    const read = decodeAuthorities('authority', TEXT);
    expect(read).toMatchObject([FIRST, SECOND]);
    expect(encodeAuthorities(read)).toBe(TEXT);
    expect(read[0]?.id).not.toBe(read[1]?.id);
    expect(read[0]?.name).toMatch(/^Holdfast 2026-12-01 [0-9a-f]{8}$/);
  });

  test.each([
    ['no text', ''],
    ['no JSON', 'authority'],
    ['no list', '{"format":1}'],
    ['a later format', JSON.stringify({ format: 2, authorities: [FIRST] })],
    ['a field that nobody knows', JSON.stringify({ format: 1, authorities: [FIRST], more: true })],
    ['a password', '{"username":"holdfast_backup","password":"secret"}'],
    ['the key of another', encodeAuthorities([{ ...FIRST, privateKey: SECOND.privateKey }])],
    ['no key', encodeAuthorities([{ ...FIRST, privateKey: '' }])],
    ['no certificate', encodeAuthorities([{ ...FIRST, certificate: FIRST.privateKey }])],
  ])('is refused with %s', (_, text) => {
    expect(() => decodeAuthorities('authority', text)).toThrow(
      expect.objectContaining({ code: 'HOST-CERTIFICATE', details: { secret: 'authority' } }),
    );
  });

  test("is refused with a server's certificate", () => {
    if (AUTHORITY === undefined) throw new Error('no authority was read');
    const server = makeServerCertificate({ authority: AUTHORITY, names: ['a.b'], now: NOW });
    expect(() => decodeAuthorities('authority', encodeAuthorities([server]))).toThrow(
      expect.objectContaining({ code: 'HOST-CERTIFICATE' }),
    );
  });

  test('may say that there is none any more', () => {
    expect(decodeAuthorities('authority', '{"format":1,"authorities":[]}')).toEqual([]);
  });

  test('is refused when it was cut anywhere, by a message that says nothing of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: TEXT.length - 1 }), (length) => {
        expect(() => decodeAuthorities('authority', TEXT.slice(0, length))).toThrow(
          expect.objectContaining({
            code: 'HOST-CERTIFICATE',
            message: 'the secret authority holds no readable authorities',
            cause: undefined,
          }),
        );
      }),
    );
  });
});
