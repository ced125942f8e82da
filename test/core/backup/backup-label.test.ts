import { describe, expect, test } from 'vitest';
import { parseBackupLabel } from '../../../lib/core/backup/backup-label.ts';

const LABEL = `START WAL LOCATION: 1A/2000028 (file 000000030000001A00000002)
CHECKPOINT LOCATION: 1A/2000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 01:02:03 UTC
LABEL: holdfast
START TIMELINE: 3
`;

describe('parseBackupLabel', () => {
  test('reads where the backup starts', () => {
    expect(parseBackupLabel(LABEL)).toEqual({
      startLsn: 0x1a_0200_0028n,
      checkpointLsn: 0x1a_0200_0060n,
      startSegment: '000000030000001A00000002',
      timeline: 3,
      from: 'primary',
    });
  });

  test('reads a backup taken from a standby', () => {
    const text = LABEL.replace('FROM: primary', 'FROM: standby');
    expect(parseBackupLabel(text).from).toBe('standby');
  });

  test.each(['START WAL LOCATION', 'CHECKPOINT LOCATION', 'BACKUP FROM', 'START TIMELINE'])(
    'refuses a label without %s',
    (name) => {
      const text = LABEL.replace(new RegExp(`^${name}:.*\n`, 'm'), '');
      expect(() => parseBackupLabel(text)).toThrow(
        expect.objectContaining({ code: 'BACKUP-LABEL' }),
      );
    },
  );

  test.each([
    ['an incremental backup', `${LABEL}INCREMENTAL FROM LSN: 1A/1000028\n`],
    ['a segment of another timeline', LABEL.replace('TIMELINE: 3', 'TIMELINE: 4')],
    ['timeline 0', LABEL.replace('TIMELINE: 3', 'TIMELINE: 0')],
    ['a malformed position', LABEL.replace('1A/2000028', '1A-2000028')],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => parseBackupLabel(text)).toThrow(expect.objectContaining({ code: 'BACKUP-LABEL' }));
  });
});
