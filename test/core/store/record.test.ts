import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import {
  decodeRecord,
  encodeRecord,
  getRecord,
  putRecord,
} from '../../../lib/core/store/record.ts';

const Sample = z.object({ name: z.string(), count: z.int() });
const SAMPLE = { name: 'base', count: 3 };

describe('record', () => {
  test('is read as it was stored', async () => {
    const store = new MemoryObjectStore();
    expect(await putRecord(store, 'a.json', Sample, SAMPLE, { epoch: 1 })).toBe('created');
    expect(await putRecord(store, 'a.json', Sample, SAMPLE, { epoch: 1 })).toBe('identical');
    expect(await getRecord(store, 'a.json', Sample)).toEqual(SAMPLE);
  });

  test('names its format first', () => {
    expect(String(encodeRecord(Sample, SAMPLE))).toMatch(/^\{\s*"format": 1,/);
  });

  test.each([
    ['{"format":2,"name":"base","count":3}', 'STORE-FORMAT'],
    ['{"format":1,"name":"base"}', 'STORE-CORRUPT'],
    ['{"format":1,"name":"base","count":"3"}', 'STORE-CORRUPT'],
    ['{"format":"1","name":"base","count":3}', 'STORE-CORRUPT'],
    ['{"name":"base","count":3}', 'STORE-CORRUPT'],
    ['[]', 'STORE-CORRUPT'],
    ['null', 'STORE-CORRUPT'],
    ['{"format":1,', 'STORE-CORRUPT'],
    ['', 'STORE-CORRUPT'],
  ])('%s is refused with %s', (text, code) => {
    const decode = (): unknown => decodeRecord(Sample, Buffer.from(text), 'a.json');
    expect(decode).toThrow(expect.objectContaining({ code, hint: expect.any(String) }));
  });
});
