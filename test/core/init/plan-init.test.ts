import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { archiveCommand } from '../../../lib/core/init/archive-command.ts';
import { planInit } from '../../../lib/core/init/plan-init.ts';
import type { ServerDescription } from '../../../lib/core/ports/cluster-server.ts';
import { SERVER } from '../../support/backup-fixture.ts';

const TARGET = { spool: '/var/spool/holdfast', archiveTimeoutSec: 60 };
const PREPARED: ServerDescription = {
  ...SERVER,
  settings: {
    wal_level: 'replica',
    archive_mode: 'on',
    archive_command: archiveCommand(TARGET.spool),
    archive_library: '',
    archive_timeout: '60',
    max_wal_senders: '10',
    fsync: 'on',
    full_page_writes: 'on',
  },
};

function withSettings(settings: ServerDescription['settings']): ServerDescription {
  return { ...PREPARED, settings: { ...PREPARED.settings, ...settings } };
}

describe('planInit', () => {
  test('changes nothing on a prepared server', () => {
    expect(planInit(PREPARED, TARGET)).toEqual({ changes: [], needsRestart: false });
  });

  test('leaves settings that are better than needed', () => {
    const server = withSettings({ wal_level: 'logical', max_wal_senders: '3' });
    expect(planInit(server, TARGET).changes).toEqual([]);
  });

  test.each([
    ['wal_level', 'minimal', 'replica', true],
    ['archive_mode', 'off', 'on', true],
    ['archive_command', '(disabled)', archiveCommand(TARGET.spool), false],
    ['archive_timeout', '0', '60', false],
    ['max_wal_senders', '2', '3', true],
  ] as const)('changes %s from %s', (name, from, to, needsRestart) => {
    expect(planInit(withSettings({ [name]: from }), TARGET)).toEqual({
      changes: [{ name, from, to, needsRestart }],
      needsRestart,
    });
  });

  test("refuses to replace another tool's archive_command unless told to", () => {
    const server = withSettings({ archive_command: 'other-tool push %p' });
    expect(() => planInit(server, TARGET)).toThrow(
      expect.objectContaining({
        code: 'PG-SETTINGS',
        message: expect.stringContaining('other-tool'),
      }),
    );
    const { changes } = planInit(server, { ...TARGET, replaceArchiveCommand: true });
    expect(changes.map(({ name }) => name)).toEqual(['archive_command']);
  });

  test('moves its own archive_command to another spool', () => {
    const server = withSettings({ archive_command: archiveCommand('/elsewhere') });
    expect(planInit(server, TARGET).changes.map(({ to }) => to)).toEqual([
      archiveCommand(TARGET.spool),
    ]);
  });

  test('plans every change of a new server at once', () => {
    const server = withSettings({
      wal_level: 'minimal',
      archive_mode: 'off',
      archive_command: '(disabled)',
      archive_timeout: '0',
      max_wal_senders: '0',
    });
    const { changes, needsRestart } = planInit(server, TARGET);
    expect(changes.map(({ name }) => name)).toEqual([
      'wal_level',
      'archive_mode',
      'archive_command',
      'archive_timeout',
      'max_wal_senders',
    ]);
    expect(needsRestart).toBe(true);
  });

  test('wants a restart when changes on disk wait for one', () => {
    const server = { ...PREPARED, pendingRestart: ['archive_mode'] };
    expect(planInit(server, TARGET)).toEqual({ changes: [], needsRestart: true });
  });

  test('refuses settings under which no archive is worth anything, naming all', () => {
    const unsafe = {
      archive_mode: 'always',
      archive_library: 'basic_archive',
      fsync: 'off',
      full_page_writes: 'off',
    } as const;
    for (const [name, value] of Object.entries(unsafe)) {
      expect(() => planInit(withSettings({ [name]: value }), TARGET)).toThrow(
        expect.objectContaining({
          code: 'PG-SETTINGS',
          message: expect.stringContaining(`${name} is ${value}`),
        }),
      );
    }
    const refusal = refusalOfPlan(withSettings(unsafe));
    for (const name of Object.keys(unsafe)) expect(refusal.message).toContain(name);
  });

  test('refuses a standby', () => {
    expect(refusalOfPlan({ ...PREPARED, inRecovery: true }).code).toBe('PG-SETTINGS');
  });

  test('refuses a spool that no archive_command can name', () => {
    expect(() => planInit(PREPARED, { ...TARGET, spool: 'spool' })).toThrow(
      expect.objectContaining({ code: 'CONFIG-INVALID' }),
    );
  });
});

function refusalOfPlan(server: ServerDescription): OpsError {
  try {
    planInit(server, TARGET);
  } catch (error) {
    if (error instanceof OpsError) return error;
  }
  throw new Error('the plan was not refused');
}
