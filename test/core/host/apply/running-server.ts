import type { ApplyFacts } from '../../../../lib/core/host/apply/apply-facts.ts';
import type {
  FileSetting,
  RunningSettings,
  ServerSetting,
} from '../../../../lib/core/host/apply/server-setting.ts';

/** A setting of a made-up server. */
export function setting(
  name: string,
  value: string,
  more: Partial<ServerSetting> = {},
): ServerSetting {
  return {
    name,
    value,
    type: 'string',
    context: 'sighup',
    source: 'configuration file',
    bootValue: '',
    pendingRestart: false,
    values: [],
    ...more,
  };
}

export const SHARED_BUFFERS = setting('shared_buffers', '131072', {
  type: 'integer',
  unit: '8kB',
  context: 'postmaster',
  bootValue: '16384',
});
export const WORK_MEM = setting('work_mem', '4096', {
  type: 'integer',
  unit: 'kB',
  context: 'user',
  bootValue: '4096',
});
export const LOG_CONNECTIONS = setting('log_connections', 'off', {
  type: 'bool',
  bootValue: 'off',
});

/** A server with these settings, whose files say what is in force. */
export function running(
  settings: readonly ServerSetting[],
  more: Partial<RunningSettings> = {},
): RunningSettings {
  return { version: '18.1', settings, altered: [], written: written(settings), ...more };
}

function written(settings: readonly ServerSetting[]): readonly FileSetting[] {
  return settings
    .filter(({ source }) => source === 'configuration file')
    .map(({ name, value }) => ({ name, value }));
}

/** A host that is as it was deployed. */
export const SETTLED: ApplyFacts = {
  bundle: { running: 'a'.repeat(64), wanted: 'a'.repeat(64) },
  image: { reference: 'holdfast:18.1', id: 'sha256:1', version: '18.1', major: 18 },
  server: {
    imageId: 'sha256:1',
    version: '18.1',
    differences: { changes: [], shadowed: [] },
  },
  agentImageId: 'sha256:1',
  poolerImageId: 'sha256:1',
  accessFiles: [{ name: 'pg_hba.conf', running: 'local all', wanted: 'local all' }],
  pooler: { enabled: true, files: [{ name: 'pgbouncer.ini', running: 'a = 1', wanted: 'a = 1' }] },
  agentChanges: [],
};
