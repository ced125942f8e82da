import { expect, test } from 'vitest';
import { parseMountTable } from '../../../../../lib/core/adapters/restore/in-place/mount-points.ts';

test('finds every mount point, also one with a blank in its name', () => {
  const table = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '36 22 98:0 /mnt1 /srv/two\\040words rw,noatime - ext3 /dev/root rw,errors=continue',
    '',
  ].join('\n');
  expect(parseMountTable(table)).toEqual(['/', '/srv/two words']);
});
