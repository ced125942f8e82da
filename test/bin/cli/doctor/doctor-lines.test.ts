import colors from 'picocolors';
import { expect, test } from 'vitest';
import { doctorLines } from '../../../../bin/cli/doctor/doctor-lines.ts';
import type { CheckResult } from '../../../../lib/core/doctor/run-doctor.ts';

const PLAIN = colors.createColors(false);
const OK: CheckResult = {
  id: 'fsync',
  area: 'settings',
  about: 'it reaches the disk',
  status: 'ok',
  saw: 'on',
};

test('groups by area, aligns, is loud about what fails, and sums up in one line', () => {
  const checks: readonly CheckResult[] = [
    { ...OK, id: 'server-reachable', area: 'server', status: 'skipped', saw: 'not looked at' },
    OK,
    { ...OK, id: 'wal-level', status: 'fail', saw: 'minimal', fix: 'psql -c one\npsql -c two' },
    { ...OK, id: 'archive-mode', status: 'warn', saw: 'off', fix: 'psql -c "x"' },
    { ...OK, id: 'writer', area: 'store', status: 'fail', saw: 'refused', code: 'PG-CONNECT' },
  ];
  expect(doctorLines({ ok: false, checks }, PLAIN)).toEqual([
    'server',
    '    -   server-reachable  not looked at',
    '',
    'settings',
    '  ok    fsync             on',
    '  FAIL  wal-level         minimal',
    '                          wanted: it reaches the disk',
    '                          fix: psql -c one',
    '                          fix: psql -c two',
    '  WARN  archive-mode      off',
    '                          wanted: it reaches the disk',
    '                          fix: psql -c "x"',
    '',
    'store',
    '  FAIL  writer            PG-CONNECT: refused',
    '                          wanted: it reaches the disk',
    '',
    'DOCTOR-FAILED: 2 failed, 1 to look at, 1 ok, 1 not seen.',
  ]);
});

test('checks skipped for the same reason share a line, and no failure hides in it', () => {
  const blind = { ...OK, status: 'skipped', saw: 'not seen: server-reachable failed' } as const;
  const checks = [
    { ...blind, id: 'a' },
    OK,
    { ...blind, id: 'b' },
    { ...blind, id: 'c', saw: 'x' },
  ];
  expect(doctorLines({ ok: true, checks }, PLAIN)).toEqual([
    'settings',
    '    -   2 checks  not seen: server-reachable failed',
    '  ok    fsync  on',
    '    -   c      x',
    '',
    'Nothing fails: 0 failed, 0 to look at, 1 ok, 3 not seen.',
  ]);
});

test('nothing that steers a terminal comes through', () => {
  const check = { ...OK, status: 'fail', saw: 'a\u001B[2Jb\nc', fix: 'psql -d "\u001B"' } as const;
  const lines = doctorLines({ ok: false, checks: [check] }, PLAIN);
  expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
});
