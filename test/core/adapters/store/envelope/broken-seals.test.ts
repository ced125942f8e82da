import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DataKeys } from '../../../../../lib/core/adapters/store/envelope/data-keys.ts';
import {
  CHUNK_BYTES,
  HEADER_BYTES,
  SEALED_CHUNK_BYTES,
  sealedBytes,
} from '../../../../../lib/core/adapters/store/envelope/sealed-size.ts';
import { readObject, refusalOf } from '../../../../contract/store-helpers.ts';
import { holding, PART, sealedBytesOf, someKeys } from './sealed-stage.ts';

const OTHER = PART.replace('00001', '00002');
const keys = someKeys();

describe('a sealed object', () => {
  test('is refused for every single bit of it that is wrong', async () => {
    const sealed = await sealedBytesOf(Buffer.from('forty-two rows'), keys);
    const opened: number[] = [];
    for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
      const damaged = Buffer.from(sealed);
      flip(damaged, bit);
      if ((await codeOf(damaged)) !== 'VAULT-SEALED') opened.push(bit);
    }
    expect(opened).toEqual([]);
  });

  test('is refused when it ends at any chunk, or anywhere else', async () => {
    const body = Buffer.alloc(3 * CHUNK_BYTES + 5, 'row');
    const sealed = await sealedBytesOf(body, keys);
    const ends = [0, 1, 2, 3].flatMap((chunk) => {
      const end = HEADER_BYTES + chunk * SEALED_CHUNK_BYTES;
      return [end - 1, end, end + 1, end + 15, end + 16, end + 17];
    });
    for (const end of ends) expect(await codeOf(sealed.subarray(0, end))).toBe('VAULT-SEALED');
    const anywhere = fc.integer({ min: 6, max: sealed.byteLength - 1 });
    await fc.assert(
      fc.asyncProperty(anywhere, async (end) => {
        expect(await codeOf(sealed.subarray(0, end))).toBe('VAULT-SEALED');
      }),
      { numRuns: 25 },
    );
  });

  test('is refused with chunks exchanged, left out, repeated or added', async () => {
    const sealed = await sealedBytesOf(Buffer.alloc(3 * CHUNK_BYTES, 'row'), keys);
    const header = sealed.subarray(0, HEADER_BYTES);
    const chunk = (index: number): Buffer =>
      sealed.subarray(HEADER_BYTES + index * SEALED_CHUNK_BYTES).subarray(0, SEALED_CHUNK_BYTES);
    for (const order of [[1, 0, 2], [0, 2], [0, 1], [0, 1, 2, 2], [0, 1, 1, 2], [2]]) {
      expect(await codeOf(Buffer.concat([header, ...order.map(chunk)]))).toBe('VAULT-SEALED');
    }
    expect(await codeOf(Buffer.concat([sealed, Buffer.from('x')]))).toBe('VAULT-SEALED');
  });

  test('is refused under another name, of this cluster or of another', async () => {
    const sealed = await sealedBytesOf(Buffer.from('rows'), keys);
    for (const name of [OTHER, PART.replace('prod', 'test')]) {
      const error = await refusalOf(readObject(await holding(sealed, keys, name), name));
      expect(error).toMatchObject({ code: 'VAULT-SEALED', details: { object: name } });
    }
  });

  test('is refused with the header of another', async () => {
    const [one, other] = await Promise.all([
      sealedBytesOf(Buffer.from('rows'), keys),
      sealedBytesOf(Buffer.from('ROWS'), keys),
    ]);
    const mixed = Buffer.concat([one.subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)]);
    expect(await codeOf(mixed)).toBe('VAULT-SEALED');
  });

  test('gives no byte of a chunk before the chunk is proven', async () => {
    const body = Buffer.alloc(2 * CHUNK_BYTES, 'row');
    const sealed = await sealedBytesOf(body, keys);
    flip(sealed, sealed.byteLength * 8 - 1);
    const { chunks } = await (await holding(sealed, keys)).get(PART);
    const given: number[] = [];
    await expect(async () => {
      for await (const chunk of chunks) given.push(chunk.byteLength);
    }).rejects.toMatchObject({ code: 'VAULT-SEALED' });
    expect(given).toEqual([CHUNK_BYTES]);
  });

  test('is there for who only asks whether it is, damaged as it may be', async () => {
    const sealed = await sealedBytesOf(Buffer.from('rows'), keys);
    flip(sealed, 800);
    const stat = await (await holding(sealed, keys)).head(PART);
    expect(stat?.bytes).toBe(sealedBytes(4));
  });

  test('under a key that is not there is named with that key', async () => {
    const sealed = await sealedBytesOf(Buffer.from('rows'), keys);
    const error = await refusalOf(readObject(await holding(sealed, someKeys('2027/f')), PART));
    expect(error).toMatchObject({ code: 'VAULT-KEY', details: { object: PART, key: 'test/1' } });
  });
});

function flip(bytes: Buffer, bit: number): void {
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
}

async function codeOf(stored: Uint8Array, using: DataKeys = keys): Promise<string> {
  return (await refusalOf(readObject(await holding(stored, using), PART))).code;
}
