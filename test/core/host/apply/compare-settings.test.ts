import { describe, expect, test } from 'vitest';
import {
  compareSettings,
  type SettingDifferences,
} from '../../../../lib/core/host/apply/compare-settings.ts';
import type { RunningSettings } from '../../../../lib/core/host/apply/server-setting.ts';
import { LOG_CONNECTIONS, running, setting, SHARED_BUFFERS, WORK_MEM } from './running-server.ts';

const SERVER = running([SHARED_BUFFERS, WORK_MEM, LOG_CONNECTIONS]);
const AS_IS = { shared_buffers: '1GB', work_mem: '4MB', log_connections: 'off' };
const NOTHING: SettingDifferences = { changes: [], shadowed: [] };

function compare(
  server: RunningSettings,
  wanted: Readonly<Record<string, string>>,
): SettingDifferences {
  return compareSettings(server, new Map(Object.entries(wanted)));
}

describe('compareSettings', () => {
  test.each([
    AS_IS,
    { shared_buffers: '1024MB', work_mem: '4096kB', log_connections: 'no' },
    { SHARED_BUFFERS: '131072', Work_Mem: ' 4096 ', log_connections: 'FALSE' },
  ])('finds nothing where a value is only written in another way: %j', (wanted) => {
    expect(compare(SERVER, wanted)).toEqual(NOTHING);
  });

  test('tells what takes a restart from what does not', () => {
    expect(
      compare(SERVER, { shared_buffers: '2GB', work_mem: '8MB', log_connections: 'on' }),
    ).toEqual({
      changes: [
        { name: 'log_connections', from: 'off', to: 'on', needsRestart: false },
        { name: 'shared_buffers', from: '131072', to: '2GB', needsRestart: true },
        { name: 'work_mem', from: '4096', to: '8MB', needsRestart: false },
      ],
      shadowed: [],
    });
  });

  test('lets what nobody sets any more go back to its default', () => {
    const { changes } = compare(SERVER, {});
    expect(changes).toEqual([
      { name: 'shared_buffers', from: '131072', to: undefined, needsRestart: true },
    ]);
  });

  test('names a value that ALTER SYSTEM keeps from having effect, and does nothing about it', () => {
    const server = { ...SERVER, altered: [{ name: 'work_mem', value: '4096kB' }] };
    expect(compare(server, { ...AS_IS, work_mem: '8MB' })).toEqual({
      changes: [],
      shadowed: [{ name: 'work_mem', wanted: '8MB', by: '4096kB', source: 'ALTER SYSTEM' }],
    });
    expect(compare(server, AS_IS)).toEqual(NOTHING);
  });

  test('names a value that the server was started with', () => {
    const hot = setting('hot_standby', 'off', { type: 'bool', source: 'command line' });
    expect(compare(running([hot]), { hot_standby: 'on' })).toEqual({
      changes: [],
      shadowed: [{ name: 'hot_standby', wanted: 'on', by: 'off', source: 'command line' }],
    });
  });

  test('restarts for what ALTER SYSTEM has written and a restart alone brings', () => {
    const waiting = { ...SHARED_BUFFERS, pendingRestart: true };
    const server = running([waiting], { altered: [{ name: 'shared_buffers', value: '4GB' }] });
    expect(compare(server, { shared_buffers: '4GB' })).toEqual({
      changes: [{ name: 'shared_buffers', from: '131072', to: '4GB', needsRestart: true }],
      shadowed: [],
    });
  });

  test('asks the file for what a session sees in its own way', () => {
    const mine = setting('statement_timeout', '10000', {
      type: 'integer',
      unit: 'ms',
      context: 'user',
      source: 'client',
      bootValue: '0',
    });
    const server = running([mine], { written: [{ name: 'statement_timeout', value: '1min' }] });
    expect(compare(server, { statement_timeout: '60s' })).toEqual(NOTHING);
    expect(compare(server, {}).changes).toMatchObject([{ name: 'statement_timeout' }]);
    expect(compare(running([mine], { written: [] }), {})).toEqual(NOTHING);
  });

  test('knows that a server works some values out by itself', () => {
    const buffers = setting('wal_buffers', '512', {
      type: 'integer',
      unit: '8kB',
      context: 'postmaster',
      bootValue: '-1',
    });
    const automatic = running([buffers], { written: [{ name: 'wal_buffers', value: '-1' }] });
    expect(compare(automatic, { wal_buffers: '-1' })).toEqual(NOTHING);
    expect(compare(automatic, {})).toEqual(NOTHING);
    expect(compare(running([buffers]), { wal_buffers: '-1' }).changes).toHaveLength(1);
    expect(compare(automatic, { wal_buffers: '16MB' }).changes).toHaveLength(1);
  });

  test('compares what belongs to a library that is not loaded as it is written', () => {
    const server = running([], { written: [{ name: 'cron.database', value: 'a' }] });
    expect(compare(server, { 'cron.database': 'a' })).toEqual(NOTHING);
    expect(compare(server, { 'cron.database': 'b' }).changes).toEqual([
      { name: 'cron.database', from: 'a', to: 'b', needsRestart: false },
    ]);
    expect(compare(server, {})).toEqual(NOTHING);
  });

  test('leaves alone where files are, and what can never be changed', () => {
    const fixed = setting('block_size', '8192', { type: 'integer', context: 'internal' });
    const place = setting('hba_file', '/etc/pg_hba.conf', { context: 'postmaster' });
    const server = running([fixed, place]);
    expect(compare(server, { block_size: '4096', hba_file: '/elsewhere' })).toEqual(NOTHING);
  });

  test.each([
    ['a,b', 'a, b', true],
    ['a,b', 'b, a', false],
  ])('takes the list %j for %j: %j', (value, wanted, isSame) => {
    const list = setting('shared_preload_libraries', value, { context: 'postmaster' });
    const { changes } = compare(running([list]), { shared_preload_libraries: wanted });
    expect(changes.length === 0).toBe(isSame);
  });
});
