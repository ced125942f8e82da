import { describe, expect, test } from 'vitest';
import {
  inspectionSettings,
  recoverySettings,
} from '../../../../lib/core/restore/replay/recovery-settings.ts';

const conditions = {
  plan: {
    targetSettings: { recovery_target_timeline: '3', recovery_target_name: 'here' },
    limits: {},
  },
  restoreCommand: 'sh fetch',
  control: { limits: { max_connections: '500', max_prepared_transactions: '10' } },
  hbaFile: '/d/hba',
  identFile: '/d/ident',
  hasInPlaceTablespaces: false,
};

describe('recoverySettings', () => {
  test('lets nobody in and archives nowhere', () => {
    expect(recoverySettings(conditions)).toMatchObject({
      archive_mode: 'off',
      listen_addresses: '',
      hot_standby: 'off',
      hba_file: '/d/hba',
      restore_command: 'sh fetch',
      recovery_target_timeline: '3',
      recovery_target_name: 'here',
    });
  });

  test('keeps the limits the WAL demands, with room for prepared transactions', () => {
    const settings = recoverySettings(conditions);
    expect(settings['max_connections']).toBe('500');
    expect(settings['max_prepared_transactions']).toBe('1000');
    const control = { limits: { max_prepared_transactions: '5000' } };
    expect(recoverySettings({ ...conditions, control })['max_prepared_transactions']).toBe('5000');
  });

  test('gives what the WAL behind the base demands, when that is more', () => {
    const limits = {
      max_connections: 20,
      max_locks_per_transaction: 64,
      max_prepared_transactions: 1500,
    };
    expect(recoverySettings({ ...conditions, plan: { ...conditions.plan, limits } })).toMatchObject(
      {
        max_connections: '500',
        max_locks_per_transaction: '64',
        max_prepared_transactions: '1500',
      },
    );
  });
});

describe('inspectionSettings', () => {
  test('archive nowhere, ask for no WAL, and have room for prepared transactions', () => {
    const settings = inspectionSettings(conditions.control);
    expect(settings).toMatchObject({ archive_mode: 'off', max_prepared_transactions: '1000' });
    expect(Object.keys(settings).filter((name) => /^recovery_|restore_/.test(name))).toEqual([]);
  });
});
