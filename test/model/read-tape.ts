import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { formatLsn, type Lsn } from '../../lib/core/wal/lsn.ts';
import { fileName } from './file-name.ts';
import { parseTapeLine, type TapeRecord } from './tape.ts';

/** Which WAL to read. */
export interface TapeSource {
  readonly binDirectory: string;
  readonly dataDirectory: string;
  readonly timeline: number;
  readonly from: Lsn;
  readonly segmentBytes: number;
}

/** All records of `timeline` that a server has written, from `from` to the end of its WAL. */
export async function readTape(source: TapeSource): Promise<readonly TapeRecord[]> {
  const { binDirectory, dataDirectory, timeline, from, segmentBytes } = source;
  const size = BigInt(segmentBytes);
  const words = [
    `--path=${join(dataDirectory, 'pg_wal')}`,
    `--timeline=${timeline}`,
    `--start=${formatLsn(from)}`,
    // It asks this file for the size of segments; else the first it meets, which may still be empty.
    fileName(timeline, from / size, size),
    // Past its last file it would look for another one for 5 s.
    fileName(timeline, await lastFile(source), size),
  ];
  const child = spawn(join(binDirectory, 'pg_waldump'), words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { TZ: 'UTC', LC_ALL: 'C' },
    cwd: '/',
    ...serverOwner(),
  });
  // It may end with a complaint: that the WAL has an end.
  const complaint = text(child.stderr);
  const records: TapeRecord[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const record = parseTapeLine(line, segmentBytes);
    if (record !== undefined) records.push(record);
  }
  // Every timeline begins with a record: a tape without one would have all that followed forgotten.
  if (records.length > 0) return records;
  throw new Error(`pg_waldump ${words.join(' ')} found no record: ${await complaint}`);
}

/** Number of the last file without a hole before it. */
async function lastFile({
  dataDirectory,
  timeline,
  from,
  segmentBytes,
}: TapeSource): Promise<bigint> {
  const names = new Set(await readdir(join(dataDirectory, 'pg_wal')));
  const size = BigInt(segmentBytes);
  let number = from / size;
  while (names.has(fileName(timeline, number, size))) number += 1n;
  return number - 1n;
}
