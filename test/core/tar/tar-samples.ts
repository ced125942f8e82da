import { Header } from 'tar';
import * as fc from 'fast-check';
import { TAR_BLOCK_BYTES, TAR_END } from '../../../lib/core/tar/tar-members.ts';

/** A file for a sample tar. */
export interface SampleFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Sizes around a block's boundaries, and some that span several chunks. */
const sizes = fc.oneof(
  fc.constantFrom(0, 1, 511, 512, 513, 1023, 1024, 1025),
  fc.integer({ min: 0, max: 20_000 }),
);

/** Files with distinct names and arbitrary content. */
export const sampleFiles: fc.Arbitrary<readonly SampleFile[]> = fc
  .array(fc.tuple(sizes, fc.integer({ min: 0, max: 255 })), { maxLength: 12 })
  .map((rows) =>
    rows.map(([size, seed], index) => ({
      path: `base/5/${16_384 + index}`,
      content: Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) % 251)),
    })),
  );

/** A header as PostgreSQL would write it. */
export function tarHeader(fields: ConstructorParameters<typeof Header>[0]): Buffer {
  const header = new Header(fields);
  header.encode();
  return header.block ?? Buffer.alloc(TAR_BLOCK_BYTES);
}

/** One file's blocks: header, content, padding. */
export function tarFile({ path, content }: SampleFile): Buffer {
  const padding = (TAR_BLOCK_BYTES - (content.byteLength % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
  const header = tarHeader({
    path,
    size: content.byteLength,
    mode: 0o600,
    type: 'File',
    mtime: new Date(0),
  });
  return Buffer.concat([header, content, Buffer.alloc(padding)]);
}

/** A complete tar of `files`. */
export function tarOf(files: readonly SampleFile[]): Buffer {
  return Buffer.concat([...files.map(tarFile), TAR_END]);
}

/** `bytes` in chunks whose lengths repeat `lengths`. */
export async function* chunked(
  bytes: Uint8Array,
  lengths: readonly number[],
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0;
  for (let i = 0; offset < bytes.byteLength; i += 1) {
    const end = offset + Math.max(1, lengths[i % lengths.length] ?? 1);
    yield bytes.subarray(offset, end);
    offset = end;
  }
}

/** Lengths for {@link chunked}: no multiple of a block in particular. */
export const chunkLengths = fc.array(fc.integer({ min: 1, max: 3_000 }), {
  minLength: 1,
  maxLength: 5,
});
