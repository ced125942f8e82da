import { OpsError } from '../errors/ops-error.ts';

/** Fields of a ustar header, by their place in its block. */
const CHECKSUM = { from: 148, to: 156 } as const;
const PREFIX = { from: 345, to: 500 } as const;
const CHECKSUM_DIGITS = 6;

/**
 * The header of the same member, put below a folder: the folder goes into the header's prefix,
 * which every tar program sets before the name.
 *
 * @param folder - relative, in ASCII, without a slash at its end; 154 characters at most.
 * @throws {@link OpsError} `BACKUP-TAR` when the header has a prefix already.
 * @see PostgreSQL tarCreateHeader, src/port/tar.c: it writes no prefix
 */
export function withinFolder(header: Uint8Array, folder: string): Uint8Array {
  const moved = Buffer.from(header);
  if (moved[PREFIX.from] !== 0) {
    throw new OpsError('BACKUP-TAR', 'the tar stream has a header with a prefix', {
      hint: 'the stream is not a tar as PostgreSQL writes it',
    });
  }
  moved.write(folder, PREFIX.from, 'latin1');
  // The checksum is the sum of all bytes, itself counted as spaces.
  moved.fill(' ', CHECKSUM.from, CHECKSUM.to);
  const sum = moved.reduce((total, byte) => total + byte, 0);
  moved.write(`${sum.toString(8).padStart(CHECKSUM_DIGITS, '0')}\0 `, CHECKSUM.from, 'latin1');
  return moved;
}
