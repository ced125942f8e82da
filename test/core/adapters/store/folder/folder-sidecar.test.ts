import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeSidecar,
  decodeTags,
  encodeSidecar,
  encodeTags,
} from '../../../../../lib/core/adapters/store/folder/folder-sidecar.ts';

const digest = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789abcdef')),
  minLength: 64,
  maxLength: 64,
});
const sidecars = fc.record({
  key: fc.constantFrom('a', 'prod/1-15/identity.json'),
  bytes: fc.nat(),
  plainSha256: digest,
  storedSha256: digest,
  epoch: fc.nat(),
});
const corrupt = expect.objectContaining({ code: 'STORE-CORRUPT' });

describe('sidecar', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(sidecars, (sidecar) => {
        expect(decodeSidecar(encodeSidecar(sidecar), 'a.meta')).toEqual(sidecar);
      }),
    );
  });

  test('is refused when it was cut anywhere', () => {
    fc.assert(
      fc.property(sidecars, fc.nat(), (sidecar, at) => {
        const whole = encodeSidecar(sidecar);
        const cut = whole.subarray(0, at % (whole.byteLength - 1));
        expect(() => decodeSidecar(cut, 'a.meta')).toThrow(corrupt);
      }),
    );
  });

  test('is refused when any field was changed', () => {
    fc.assert(
      fc.property(sidecars, (sidecar) => {
        const text = String(encodeSidecar(sidecar));
        const changed = text.replace(`"epoch":${sidecar.epoch}`, `"epoch":${sidecar.epoch + 1}`);
        expect(() => decodeSidecar(Buffer.from(changed), 'a.meta')).toThrow(corrupt);
      }),
    );
  });
});

describe('tags', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), (tags) => {
        const file = { etag: 'as-it-was', tags };
        expect(decodeTags(encodeTags(file), 'a.tags')).toEqual(file);
      }),
    );
  });

  test.each(['', '[]', '{"a":1}', '{'])('are refused as %j', (text) => {
    expect(() => decodeTags(Buffer.from(text), 'a.tags')).toThrow(corrupt);
  });
});
