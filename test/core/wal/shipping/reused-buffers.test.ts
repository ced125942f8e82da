import { describe, expect, test } from 'vitest';
import { reusedBuffers } from '../../../../lib/core/wal/shipping/reused-buffers.ts';

describe('reusedBuffers', () => {
  test('never lends a buffer that somebody has', () => {
    const buffers = reusedBuffers(8);
    using first = buffers.borrow();
    using second = buffers.borrow();
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer);
    expect([first, second].map(({ bytes }) => bytes.byteLength)).toEqual([8, 8]);
  });

  test('lends again what was given back', () => {
    const buffers = reusedBuffers(8);
    const lend = (): Uint8Array => {
      using borrowed = buffers.borrow();
      return borrowed.bytes;
    };
    expect(lend()).toBe(lend());
  });
});
