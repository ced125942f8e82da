import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runRole } from '../../../tasks/run-role.ts';
import { until } from '../../support/until.ts';
import { fakeTaskProcess } from '../task-process.ts';

test('names all that it was not told', async () => {
  const { io, log } = fakeTaskProcess({ PGPORT: 'x' });
  expect(await runRole('pooler-metrics', io)).toBe(25);
  const [line] = log.lines;
  expect(line).toMatchObject({ event: 'task.failed', fields: { task: 'pooler-metrics' } });
  for (const name of ['HOLDFAST_ENVIRONMENT', 'HOLDFAST_CLUSTER', 'PGPORT']) {
    expect(line?.fields['error']).toContain(name);
  }
});

test('goes on without a password, says so, and ends with 0 when it is told to', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pooler-metrics-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const { io, clock, log, signal, subjects } = fakeTaskProcess({
    HOLDFAST_ENVIRONMENT: 'test',
    HOLDFAST_CLUSTER: 'orders',
    HOLDFAST_POOLER_PASSWORD_FILE: join(directory, 'absent'),
  });
  const running = runRole('pooler-metrics', io);
  await until('it has tried twice', async () => {
    await clock.advance(60_000);
    return log.events.length > 1;
  });
  expect(signal('SIGINT')).toBe(1);
  expect(await running).toBe(0);
  expect(subjects).toEqual([expect.objectContaining({ environment: 'test', cluster: 'orders' })]);
  expect(log.lines[0]).toMatchObject({
    event: 'pooler.not_measured',
    fields: { error_code: 'PG-CONNECT', error: expect.stringContaining('absent') },
  });
});
