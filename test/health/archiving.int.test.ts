import { readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARCHIVER_CHECKS } from '../../lib/core/health/checks/archiver.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import type { Sample } from '../../lib/core/health/known.ts';
import { checkOf, probeOnce, type ProbeWorld, THRESHOLDS } from '../support/health-probe.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const it = testServer({
  walSegmentMegabytes: 1,
  settings: { archive_mode: 'on', archive_command: 'true', autovacuum: 'off' },
});
const MINUTE_MS = 60_000;
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const probe = async (
  id: string,
  world: ProbeWorld & { user?: string } = {},
): Promise<CheckResult> => {
  const { user = 'postgres', ...rest } = world;
  return probeOnce(checkOf(ARCHIVER_CHECKS, id), { ...it().server.connection, user }, rest);
};
const archiveBy = async (command: string): Promise<void> => {
  await sql(`ALTER SYSTEM SET archive_command = '${command}'`);
  await sql('SELECT pg_reload_conf()');
};
const segments = async (many: number): Promise<string> =>
  sql(
    `SELECT pg_logical_emit_message(false, 'a', i::text), pg_switch_wal() FROM generate_series(1, ${many}) i`,
  );
const statusFolder = (): string => join(it().server.dataDirectory, 'pg_wal', 'archive_status');
const ready = async (): Promise<readonly string[]> =>
  (await readdir(statusFolder())).filter((name) => name.endsWith('.ready')).sort();
const drained = async (): Promise<boolean> =>
  until('nothing waits', async () => (await ready()).length === 0);
const hangFile = (): string => join(it().directory, 'hang');

beforeAll(async () => sql('CREATE ROLE stranger LOGIN'));
afterAll(async () => rm(hangFile(), { force: true }));

describe('A2 archiver-stuck, A3 ready-wal', () => {
  test('tell of a hung archive_command, by which nothing fails, until it ends; so does A4', async () => {
    await segments(1);
    await drained();
    expect(await probe('A2')).toMatchObject({ standing: 'ok', values: { OldestReadySec: 0 } });
    await writeFile(hangFile(), '');
    await archiveBy(`while test -e ${hangFile()}; do sleep 0.1; done`);
    await segments(12);
    await until('twelve wait', async () => (await ready()).length === 12);
    expect(await probe('A1')).toMatchObject({ standing: 'ok', values: { ArchiveFailing: 0 } });

    const [oldest = ''] = await ready();
    for (const [minutes, standing] of [
      [6, 'warn'],
      [16, 'page'],
    ] as const) {
      const then = new Date(Date.now() - minutes * MINUTE_MS);
      await utimes(join(statusFolder(), oldest), then, then);
      for (const [id, metric] of [
        ['A2', 'OldestReadySec'],
        ['A4', 'UnarchivedWalSec'],
      ] as const) {
        const result = await probe(id);
        expect({ id, standing: result.standing }).toEqual({ id, standing });
        expect(Number(result.values?.[metric])).toBeGreaterThan(minutes * 60 - 1);
      }
    }
    expect((await probe('A2')).says).toContain(oldest.replace('.ready', ''));
    expect(await probe('A3')).toMatchObject({ standing: 'warn', values: { ReadyWalSegments: 12 } });
    const fewer = { ...THRESHOLDS, readyWalSegments: { warn: 1, page: 11 } };
    expect(await probe('A3', { thresholds: fewer })).toMatchObject({ standing: 'page' });

    await rm(hangFile());
    await drained();
    await archiveBy('true');
    for (const id of ['A2', 'A3']) expect(await probe(id)).toMatchObject({ standing: 'ok' });
    expect(await probe('A3')).toMatchObject({ values: { ReadyWalSegments: 0 } });
  });
});

describe('A4 unarchived-wal', () => {
  const before = (allArchivedAgoSec: number): Sample => ({
    at: new Date(),
    counters: { 'A4.allArchivedAtSec': Date.now() / 1_000 - allArchivedAgoSec },
  });

  test('is 0 behind a switch, and behind what a checkpoint writes', async () => {
    await segments(1);
    await sql('CHECKPOINT');
    await drained();
    expect(await probe('A4')).toMatchObject({ standing: 'ok', values: { UnarchivedWalSec: 0 } });
  });

  test('counts from when all was archived, not from the last archived segment on', async () => {
    await sql('SELECT pg_stat_reset_shared($$archiver$$)');
    await sql(`SELECT pg_logical_emit_message(true, 'a', repeat('b', 4096))`);
    const fresh = await probe('A4', { before: before(40) });
    expect(Number(fresh.values?.['UnarchivedWalSec'])).toBeLessThan(60);
    // The next run still knows.
    expect(fresh.counters).toHaveProperty(['A4.allArchivedAtSec']);
    // Nothing is known, and no archive_timeout bounds it: the next run says at most since the server's start.
    const startSec = Number(
      await sql('SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())'),
    );
    const { standing, counters = {} } = await probe('A4');
    expect(standing).toBe('waiting');
    const next = await probe('A4', { before: { at: new Date(), counters } });
    const unknown = Number(next.values?.['UnarchivedWalSec']);
    expect(unknown).toBeGreaterThanOrEqual(Math.floor(startSec));
  });

  test('pages past what may be lost, and not before', async () => {
    const thresholds = { ...THRESHOLDS, unarchivedWalSec: { warn: 0, page: 0 } };
    await sql(`SELECT pg_logical_emit_message(true, 'a', repeat('b', 4096))`);
    const since = { thresholds, before: before(100) };
    await sql('SELECT pg_stat_reset_shared($$archiver$$)');
    expect(await probe('A4', { ...since, cluster: { rpoSec: 10_000 } })).not.toMatchObject({
      standing: 'page',
    });
    expect(await probe('A4', { ...since, cluster: { rpoSec: 0 } })).toMatchObject({
      standing: 'page',
    });
    await segments(1);
    await drained();
    expect(await probe('A4', since)).toMatchObject({ standing: 'ok' });
  });
});

describe.each(['A2', 'A3', 'A4'])('%s', (id) => {
  test('is blind to a role that may not look', async () => {
    const result = await probe(id, { user: 'stranger' });
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied for function pg_ls_archive_statusdir/);
    expect(result.values).toBeUndefined();
  });
});

test('where nothing is archived, A1 to A4 are absent, and their gauges stay', async () => {
  await sql('ALTER SYSTEM SET archive_mode = off');
  await it().server.restart();
  for (const [id, metric] of [
    ['A1', 'ArchiveFailing'],
    ['A2', 'OldestReadySec'],
    ['A3', 'ReadyWalSegments'],
    ['A4', 'UnarchivedWalSec'],
  ] as const) {
    expect(await probe(id)).toMatchObject({ standing: 'absent', values: { [metric]: 0 } });
  }
  await sql('ALTER SYSTEM RESET archive_mode');
  await it().server.restart();
});
