/**
 * Touches so many bytes of memory and gives them back:
 *
 *   node touch-memory.ts BYTES
 *
 * A virtual machine may return memory that lies idle to its host. Whoever comes next then waits for each
 * page: writing a file of 16 MiB took 5 or 50 ms, by what had been done before.
 *
 * @see https://docs.kernel.org/mm/free_page_reporting.html
 */
const PIECE_BYTES = 256 * 1024 * 1024;
const PAGE_BYTES = 4_096;

const pieces: Uint8Array[] = [];
for (let left = Number(process.argv[2]); left > 0; left -= PIECE_BYTES) {
  const piece = Buffer.allocUnsafeSlow(Math.min(left, PIECE_BYTES));
  for (let at = 0; at < piece.byteLength; at += PAGE_BYTES) piece[at] = 1;
  pieces.push(piece);
}
