import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SettingValues } from '../../../../lib/core/config/host-config.ts';
import { OWN_SETTINGS } from '../../../../lib/core/config/own-settings.ts';
import { planSettings } from '../../../../lib/core/host/settings/plan-settings.ts';
import { bytesOf, HOST, hosts } from './hosts.ts';

const plan = (overrides: SettingValues) => planSettings(HOST, overrides);

describe('what a person sets', () => {
  test('stands as it is, whatever it is', () => {
    const names = [...planSettings(HOST).settings].filter(([, { origin }]) => origin !== 'own');
    for (const [name] of names) {
      const { settings } = plan({ [name]: 'anything else' });
      expect(settings.get(name)).toMatchObject({ value: 'anything else', origin: 'given' });
    }
  });

  test('may be a number, yes or no, and something that the formula does not know', () => {
    const { settings } = plan({ jit: true, work_mem: 65_536, 'auto_explain.log_analyze': false });
    expect(settings.get('jit')?.value).toBe('on');
    expect(settings.get('work_mem')?.value).toBe('65536');
    expect(settings.get('auto_explain.log_analyze')?.value).toBe('off');
  });

  test('is reckoned with: what others get is what it leaves', () => {
    const before = bytesOf(planSettings(HOST).settings.get('work_mem')?.value);
    const after = (overrides: SettingValues): number =>
      bytesOf(plan(overrides).settings.get('work_mem')?.value);
    expect(after({ shared_buffers: '8GB' })).toBeLessThan(before);
    expect(after({ shared_buffers: 1_048_576 })).toBe(after({ shared_buffers: '8GB' }));
    expect(after({ max_connections: 400 })).toBeLessThan(before);
    expect(after({ max_connections: '0x190' })).toBe(after({ max_connections: 400 }));
    expect(after({ shared_buffers: '1GB' })).toBeGreaterThan(before);
    expect(after({ hash_mem_multiplier: 8 })).toBeLessThan(before);
  });

  test('stays within the memory as long as the formula may still choose the work_mem', () => {
    fc.assert(
      fc.property(hosts, fc.integer({ min: 10, max: 40 }), (facts, connections) => {
        const roomy = { ...facts, memoryBytes: facts.memoryBytes + 4 * 2 ** 30 };
        expect(planSettings(roomy, { max_connections: connections }).findings).toEqual([]);
      }),
    );
  });

  test.each<[string, SettingValues, RegExp]>([
    ['more memory than there is', { work_mem: '4GB' }, /promise \d+ MiB .* has 16384 MiB.*sorts/],
    ['more connections than it carries', { max_connections: 5_000 }, /"sessions"/],
    ['buffers of the whole machine', { shared_buffers: '15GB' }, /"shared_buffers"/],
    [
      'vacuums that take all of it',
      { maintenance_work_mem: '4GB', autovacuum_work_mem: -1 },
      /"autovacuum" \(12288 MiB\)/,
    ],
    ['an amount that is none', { shared_buffers: 'half' }, /^shared_buffers is half/],
    ['a number that is none', { max_connections: 'many' }, /^max_connections is many/],
    ['WAL without a limit', { max_slot_wal_keep_size: -1 }, /unlimited/],
    ['WAL as large as the volume', { max_wal_size: '64GB' }, /keep up to 75776 MiB/],
  ])('is warned of when it is %s', (_, overrides, warning) => {
    const { findings } = plan(overrides);
    expect(findings).toEqual([expect.stringMatching(warning)]);
  });

  test('is told when more connections are wished for than fit', () => {
    const { findings, settings } = planSettings({ ...HOST, maxConnections: 5_000 });
    const granted = settings.get('max_connections')?.value;
    expect(findings).toEqual([
      expect.stringContaining(`5000 connections were asked for, the memory carries ${granted}`),
    ]);
  });

  test.each([...OWN_SETTINGS])('fails when it is %s', (name) => {
    expect(() => plan({ [name]: 'off' })).toThrowError(
      expect.objectContaining({ code: 'HOST-SETTINGS', message: expect.stringContaining(name) }),
    );
  });

  test.each<[string, SettingValues]>([
    ['a line break', { work_mem: "64MB'\nfsync = off" }],
    ['a name that is none', { 'work mem': '64MB' }],
    ['nothing to archive', { wal_level: 'minimal' }],
  ])('fails when it has %s', (_, overrides) => {
    expect(() => plan(overrides)).toThrowError(expect.objectContaining({ code: 'HOST-SETTINGS' }));
  });
});
