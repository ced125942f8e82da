import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { SLOT_CHECKS } from '../../lib/core/health/checks/slots.ts';
import { checkOf, probeOnce, type ProbeWorld } from '../support/health-probe.ts';
import { testServer } from '../support/postgres-server.ts';

const MIB = 1_048_576;
const it = testServer({
  walSegmentMegabytes: 1,
  settings: { wal_level: 'logical', autovacuum: 'off', min_wal_size: '2MB', max_wal_size: '2MB' },
});
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const probe = async (
  id: string,
  world: ProbeWorld & { user?: string } = {},
): Promise<CheckResult> => {
  const { user = 'postgres', ...rest } = world;
  return probeOnce(checkOf(SLOT_CHECKS, id), { ...it().server.connection, user }, rest);
};
const room = async (): Promise<number> => Number((await probe('A15')).values?.['SlotRoomPercent']);
const segments = async (many: number): Promise<void> => {
  for (let made = 0; made < many; made += 1) {
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
  }
};
const limit = async (size: string): Promise<void> => {
  await sql(`ALTER SYSTEM SET max_slot_wal_keep_size = '${size}'`);
  await sql('SELECT pg_reload_conf()');
};

beforeAll(async () => sql('CREATE ROLE stranger LOGIN'));

describe('A15 slot-room', () => {
  test('is fine without slots, with one that never kept WAL, and without a limit', async () => {
    expect(await probe('A15')).toMatchObject({ standing: 'ok', values: { SlotRoomPercent: 100 } });
    await sql(`SELECT pg_create_physical_replication_slot('kept', true)`);
    await sql(`SELECT pg_create_physical_replication_slot('unused')`);
    await segments(3);
    expect(await probe('A15')).toMatchObject({ standing: 'ok', values: { SlotRoomPercent: 100 } });
  });

  test('falls as the slot falls behind, warns, pages, and is 0 once it is lost', async () => {
    await limit('20MB');
    const seen = [await probe('A15')];
    for (let made = 0; made < 30 && seen.at(-1)?.values?.['SlotRoomPercent'] !== 0; made += 1) {
      await segments(1);
      seen.push(await probe('A15'));
    }
    expect([...new Set(seen.map(({ standing }) => standing))]).toEqual(['ok', 'warn', 'page']);
    const percents = seen.map(({ values }) => Number(values?.['SlotRoomPercent']));
    expect(percents).toEqual(percents.toSorted((a, b) => b - a));
    await segments(3);
    await sql('CHECKPOINT');
    const lost = await probe('A15');
    expect(lost).toMatchObject({ standing: 'page', values: { SlotRoomPercent: 0 } });
    expect(lost.findings).toMatchObject([
      { subject: 'kept', says: expect.stringMatching(/^lost/) },
    ]);
    await sql(`SELECT pg_drop_replication_slot('kept'), pg_drop_replication_slot('unused')`);
    expect(await room()).toBe(100);
    await limit('-1');
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_replication_slots FROM PUBLIC');
    for (const id of ['A15', 'A16']) {
      const result = await probe(id, { user: 'stranger' });
      expect(result).toMatchObject({ standing: 'blind' });
      expect(result.says).toMatch(/permission denied/);
      expect(result.values).toBeUndefined();
    }
    await sql('GRANT SELECT ON pg_replication_slots TO PUBLIC');
  });
});

describe('A16 slot-retention', () => {
  test('measures what a slot keeps against the volume', async () => {
    expect(await probe('A16')).toMatchObject({ standing: 'ok', values: { SlotRetainedBytes: 0 } });
    await sql(`SELECT pg_create_logical_replication_slot('reader', 'test_decoding')`);
    await segments(8);
    const wide = await probe('A16');
    const bytes = Number(wide.values?.['SlotRetainedBytes']);
    expect(wide).toMatchObject({ standing: 'ok' });
    expect(bytes).toBeGreaterThan(7 * MIB);
    expect(bytes).toBeLessThan(10 * MIB);
    for (const [volumeBytes, standing] of [
      [50 * MIB, 'warn'],
      [20 * MIB, 'page'],
      [undefined, 'ok'],
    ] as const) {
      expect(await probe('A16', { cluster: { volumeBytes } })).toMatchObject({ standing });
    }
    const page = await probe('A16', { cluster: { volumeBytes: 20 * MIB } });
    expect(page.findings).toMatchObject([
      { subject: 'reader', says: expect.stringMatching(/MiB/) },
    ]);
  });

  test('warns of a slot that nobody has read for long, also where the server does not say since when', async () => {
    const first = await probe('A16');
    expect(first.standing).toBe('ok');
    const [name = ''] = Object.keys(first.counters ?? {});
    const hourAgo = Date.now() / 1_000 - 3_600;
    const before = { at: new Date(), counters: { [name]: hourAgo } };
    const later = await probe('A16', { before, cluster: { volumeBytes: undefined } });
    const says = it().instance.major < 17;
    expect(later.standing).toBe(says ? 'warn' : 'ok');
    expect(later.counters?.[name]).toBeCloseTo(says ? hourAgo : Number(first.counters?.[name]), -1);
  });

  test('knows what a slot keeps on a server in recovery that has received nothing', async () => {
    await writeFile(join(it().server.dataDirectory, 'standby.signal'), '');
    await it().server.restart();
    const result = await probe('A16');
    expect(Number(result.values?.['SlotRetainedBytes'])).toBeGreaterThan(7 * MIB);
    expect(await probe('A15')).toMatchObject({ standing: 'ok' });
  });
});
