import { describe, expect, test } from 'vitest';
import { runRole } from '../../tasks/run-role.ts';
import { fakeTaskProcess } from './task-process.ts';

describe('runRole', () => {
  test.each(['', 'drill-me', 'toString'])('refuses a role that is none: %j', async (name) => {
    const { io, log } = fakeTaskProcess({});
    expect(await runRole(name, io)).toBe(25);
    expect(log.lines).toMatchObject([
      {
        event: 'task.failed',
        fields: {
          task: name,
          error_code: 'CONFIG-INVALID',
          hint: expect.stringContaining('base-backup'),
        },
      },
    ]);
  });

  test('starts the base backup, which names all that the deployment did not set', async () => {
    const { io, log } = fakeTaskProcess({});
    expect(await runRole('base-backup', io)).toBe(25);
    const [line] = log.lines;
    expect(line).toMatchObject({ event: 'task.failed', fields: { task: 'base-backup' } });
    for (const name of ['HOLDFAST_ENVIRONMENT', 'HOLDFAST_CLUSTER', 'HOLDFAST_STORE', 'PGHOST']) {
      expect(line?.fields['error']).toContain(name);
    }
  });
});
