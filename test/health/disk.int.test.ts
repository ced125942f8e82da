import { describe, expect, test } from 'vitest';
import { DISK_CHECKS } from '../../lib/core/health/checks/disk.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { checkOf, type ProbeWorld } from '../support/health-probe.ts';
import { watchedServer } from '../support/watched-server.ts';
import { until } from '../support/until.ts';

const { sql, probe } = watchedServer({ walSegmentMegabytes: 1 });
const look = async (id: string, world?: ProbeWorld, user?: string): Promise<CheckResult> =>
  probe(checkOf(DISK_CHECKS, id), world, user);
const writeSegments = async (count: number): Promise<void> => {
  for (let done = 0; done < count; done += 1) {
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
  }
};

describe('B3 wal-directory', () => {
  test('is fine while pg_wal is no larger than it should be', async () => {
    const result = await look('B3');
    expect(result).toMatchObject({ standing: 'ok' });
    expect(result.says).toMatch(/^pg_wal has .* in \d+ files, of .* that it should$/);
    expect(result.values?.WalDirPercent).toBeGreaterThan(0);
  });

  test('pages when something keeps WAL from going, and not once more may be kept', async () => {
    await sql(`SELECT pg_create_physical_replication_slot('keeper', true)`);
    await writeSegments(8);
    await sql(`ALTER SYSTEM SET max_wal_size = '2MB'`);
    await sql('SELECT pg_reload_conf()');
    const result = await until('a page', async () => {
      const seen = await look('B3');
      return seen.standing === 'page' && seen;
    });
    expect(result.values?.WalDirPercent).toBeGreaterThan(300);
    await sql(`ALTER SYSTEM SET wal_keep_size = '100MB'`);
    await sql('SELECT pg_reload_conf()');
    await until('all clear', async () => (await look('B3')).standing === 'ok');
    await sql(`SELECT pg_drop_replication_slot('keeper')`);
  });

  test('is blind to a role that may not look', async () => {
    const result = await look('B3', {}, 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied for function pg_ls_waldir/);
    expect(result.values).toBeUndefined();
  });
});

describe('B4 wal-rate', () => {
  test('waits for a second run, and then tells how much was written since the first', async () => {
    const first = await look('B4');
    expect(first).toMatchObject({ standing: 'waiting' });
    expect(first.values).toBeUndefined();
    await writeSegments(3);
    const at = new Date(Date.now() - 60_000);
    const result = await look('B4', { before: { at, counters: first.counters ?? {} } });
    expect(result).toMatchObject({ standing: 'ok' });
    expect(result.says).toMatch(/of WAL by the second$/);
    // Three segments less the first one's beginning, in about a minute.
    expect(result.values?.WalBytesPerSec).toBeGreaterThan((2 * 1024 ** 2) / 120);
  });

  test('waits again where the position has gone back', async () => {
    const before = { at: new Date(0), counters: { 'wal.bytes': 1e15 } };
    expect(await look('B4', { before })).toMatchObject({ standing: 'waiting' });
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC');
    const result = await look('B4');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    await sql('GRANT EXECUTE ON FUNCTION pg_current_wal_lsn() TO PUBLIC');
  });
});
