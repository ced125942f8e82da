import { describe, expect, test } from 'vitest';
import { assertOrigin, assertSameStart } from '../../../lib/core/backup/copy-start.ts';

const START = { systemIdentifier: '7', timeline: 2, startLsn: 0x200_0028n, tablespaces: [] };
const LABEL = {
  startLsn: START.startLsn,
  checkpointLsn: START.startLsn,
  startSegment: '000000020000000000000002',
  timeline: 2,
  from: 'primary',
} as const;

describe('the start of a copy', () => {
  test('is of the cluster it is stored for', () => {
    expect(() => assertOrigin(START, '7')).not.toThrow();
    expect(() => assertOrigin(START, '8')).toThrow(
      expect.objectContaining({ code: 'WAL-IDENTITY' }),
    );
  });

  test('is where its own label says', () => {
    expect(() => assertSameStart(START, LABEL)).not.toThrow();
    for (const other of [{ startLsn: 1n }, { timeline: 3 }]) {
      expect(() => assertSameStart(START, { ...LABEL, ...other })).toThrow(
        expect.objectContaining({ code: 'BACKUP-LABEL' }),
      );
    }
  });
});
