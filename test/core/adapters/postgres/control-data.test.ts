import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  parseControlData,
  readControlData,
} from '../../../../lib/core/adapters/postgres/control-data.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const LINES = [
  'pg_control version number:            1300',
  'Database system identifier:           7710833180360853382',
  'Database cluster state:               in production',
  'pg_control last modified:             Sun Nov 22 03:30:53 2026',
  'Latest checkpoint location:           1A/17414F8',
  "Latest checkpoint's REDO location:    0/17414F8",
  "Latest checkpoint's TimeLineID:       3",
  'Minimum recovery ending location:     0/2000100',
  'max_connections setting:              200',
  'max_worker_processes setting:         8',
  'max_wal_senders setting:              10',
  'max_prepared_xacts setting:           5',
  'max_locks_per_xact setting:           64',
  'Bytes per WAL segment:                16777216',
  'Data page checksum version:           1',
];

describe('parseControlData', () => {
  test('reads every field, whatever other lines stand around them', () => {
    expect(parseControlData(LINES.join('\n'), 15)).toEqual({
      systemIdentifier: '7710833180360853382',
      major: 15,
      state: 'in production',
      timeline: 3,
      checkpointLsn: 0x1a_0174_14f8n,
      redoLsn: 0x174_14f8n,
      minRecoveryEndLsn: 0x200_0100n,
      segmentBytes: 16_777_216,
      checksums: true,
      limits: {
        max_connections: '200',
        max_worker_processes: '8',
        max_wal_senders: '10',
        max_prepared_transactions: '5',
        max_locks_per_transaction: '64',
      },
    });
  });

  test('knows a cluster without checksums', () => {
    const text = LINES.join('\n').replace('checksum version:           1', 'checksum version: 0');
    expect(parseControlData(text, 15).checksums).toBe(false);
  });

  test('tells the checkpoint location from the REDO location after it', () => {
    const swapped = [...LINES].reverse().join('\n');
    expect(parseControlData(swapped, 15).checkpointLsn).toBe(0x1a_0174_14f8n);
  });

  test.each([
    'Database system identifier',
    "Latest checkpoint's TimeLineID",
    'Bytes per WAL segment',
  ])('fails when "%s" is not printed', (label) => {
    const text = LINES.filter((line) => !line.startsWith(label)).join('\n');
    expect(() => parseControlData(text, 15)).toThrowError(
      expect.objectContaining({ code: 'PG-DATA-DIR' }),
    );
  });

  test('fails when the control file does not match its own checksum', () => {
    const warning =
      'WARNING: Calculated CRC checksum does not match value stored in control file.\n';
    expect(() => parseControlData(warning + LINES.join('\n'), 15)).toThrowError(
      expect.objectContaining({ code: 'PG-DATA-DIR' }),
    );
  });
});

describe('readControlData', () => {
  test.each([
    ['refuses the directory', 'echo "could not read" >&2; exit 1', 'PG-DATA-DIR'],
    ['is killed', 'kill -9 $$', 'PG-FAILED'],
    ['cannot be loaded', 'exit 127', 'PG-FAILED'],
    ['says nothing', 'exit 0', 'PG-DATA-DIR'],
  ])('tells what is wrong when pg_controldata %s', async (_, script, code) => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'PG_VERSION'), '15\n');
    await writeFile(join(folder, 'pg_controldata'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await expect(readControlData(folder, 15, folder)).rejects.toMatchObject({ code });
  });
});
