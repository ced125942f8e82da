import { Header } from 'tar';
import { OpsError } from '../errors/ops-error.ts';
import { byteReader, type ByteReader } from './byte-reader.ts';

/** A tar is a sequence of blocks of this many bytes. */
export const TAR_BLOCK_BYTES = 512;
/** Two zero blocks: what ends a tar. */
export const TAR_END: Uint8Array = new Uint8Array(2 * TAR_BLOCK_BYTES);

/** What a tar says of one of its members. */
export interface TarMember {
  /** Relative, without a trailing slash. Not yet checked for `..`: whoever writes files must. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes of content; 0 unless it is a file. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly modifiedAt: Date;
  /** Where a symlink points to; empty for others. */
  readonly linkTarget: string;
}

/**
 * A tar as it goes by: for each member one `member`, any number of `data`, one `end`. The raw bytes
 * of a member are its `headerBytes`, its data and its `padding`, in this order.
 */
export type TarEvent =
  | { readonly type: 'member'; readonly member: TarMember; readonly headerBytes: Uint8Array }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'end'; readonly padding: Uint8Array };

const NOT_A_TAR = 'the stream is not a tar as PostgreSQL writes it';
const TYPES = new Map<string, TarMember['type']>([
  ['File', 'file'],
  ['Directory', 'directory'],
  ['SymbolicLink', 'symlink'],
]);

/**
 * Reads a tar as a stream, without copying content and without keeping any of it. The source is
 * read to its end, also past the tar's own.
 *
 * Knows what PostgreSQL writes: plain ustar headers with files, directories and symlinks, sizes of
 * 8 GiB and above in base 256.
 *
 * @throws {@link OpsError} `BACKUP-TAR` on a bad header, an entry of another type, or a stream that
 *   stops before the two zero blocks.
 * @see PostgreSQL tarCreateHeader, src/port/tar.c
 */
export async function* readTarMembers(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarEvent, void, undefined> {
  const source = chunks[Symbol.asyncIterator]();
  const reader = byteReader(source);
  let finished = false;
  try {
    for (;;) {
      const headerBytes = await takeWhole(reader, TAR_BLOCK_BYTES, 'a header');
      const member = decodeHeader(headerBytes);
      if (member === undefined) break;
      yield { type: 'member', member, headerBytes };
      let left = member.size;
      while (left > 0) {
        const bytes = await reader.takeSome(left);
        if (bytes.byteLength === 0) throw truncated(member.path);
        left -= bytes.byteLength;
        yield { type: 'data', bytes };
      }
      const overhang = member.size % TAR_BLOCK_BYTES;
      const paddingBytes = overhang === 0 ? 0 : TAR_BLOCK_BYTES - overhang;
      yield { type: 'end', padding: await takeWhole(reader, paddingBytes, member.path) };
    }
    const second = await takeWhole(reader, TAR_BLOCK_BYTES, 'the end mark');
    if (decodeHeader(second) !== undefined) throw malformed('a lone zero block among its members');
    while ((await reader.takeSome(Number.MAX_SAFE_INTEGER)).byteLength > 0);
    finished = true;
  } finally {
    if (!finished) await source.return?.();
  }
}

/** `undefined` for a zero block. */
function decodeHeader(block: Uint8Array): TarMember | undefined {
  const header = readHeader(block);
  if (header.nullBlock) return undefined;
  if (!header.cksumValid) throw malformed('a header whose checksum is wrong');
  const path = (header.path ?? '').replace(/\/+$/, '');
  const type = TYPES.get(header.type);
  if (type === undefined) throw malformed(`an entry of type ${header.type}: ${path}`);
  // The decoder puts U+FFFD where a name is not UTF-8: restored, it would not be the same file.
  if (path === '' || path.includes('\uFFFD')) {
    throw malformed(`a file whose name is empty or not UTF-8: "${path}"`, 'rename that file');
  }
  const size = header.size;
  if (size === undefined || !Number.isSafeInteger(size) || (type !== 'file' && size > 0)) {
    throw malformed(`no valid size for ${path}`);
  }
  return {
    path,
    type,
    size,
    mode: (header.mode ?? 0o600) & 0o7777,
    modifiedAt: header.mtime ?? new Date(0),
    linkTarget: type === 'symlink' ? (header.linkpath ?? '') : '',
  };
}

function readHeader(block: Uint8Array): Header {
  try {
    return new Header(Buffer.from(block.buffer, block.byteOffset, block.byteLength));
  } catch (cause) {
    throw malformed('a header that cannot be read', NOT_A_TAR, cause);
  }
}

async function takeWhole(reader: ByteReader, bytes: number, within: string): Promise<Uint8Array> {
  if (bytes === 0) return new Uint8Array();
  const taken = await reader.take(bytes);
  if (taken.byteLength < bytes) throw truncated(within);
  return taken;
}

function truncated(within: string): OpsError {
  return new OpsError('BACKUP-TAR', `the tar stream stops within ${within}`, {
    hint: 'what sends it ended early: see its own messages, then take the backup again',
  });
}

function malformed(what: string, hint = NOT_A_TAR, cause?: unknown): OpsError {
  return new OpsError('BACKUP-TAR', `the tar stream has ${what}`, { hint, cause });
}
