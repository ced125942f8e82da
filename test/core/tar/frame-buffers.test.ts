import { describe, expect, test } from 'vitest';
import { frameBuffers } from '../../../lib/core/tar/frame-buffers.ts';

describe('frameBuffers', () => {
  test('never gives a buffer that somebody has, and gives again what came back', () => {
    const buffers = frameBuffers();
    const [first, second] = [buffers.take(10), buffers.take(10)];
    expect(second).not.toBe(first);
    buffers.give(first);
    expect(buffers.take(10)).toBe(first);
  });

  test('gives none that is too short', () => {
    const buffers = frameBuffers();
    const short = buffers.take(10);
    buffers.give(short);
    expect(buffers.take(11).byteLength).toBe(11);
    expect(buffers.take(9)).toBe(short);
  });
});
