import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { startProtectedCluster } from '../support/protected-cluster.ts';
import { until } from '../support/until.ts';

interface Windows {
  readonly windows: readonly { readonly timeline: number; readonly toTime: string }[];
}

test('a recovered server is protected again: its own timeline reaches the store and recovers', async () => {
  await using cluster = await startProtectedCluster();
  const agent = cluster.startAgent();
  const place = ['--store', cluster.storeUrl, '--cluster', 'orders'];
  const holdfast = async (...words: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await cluster.holdfast(words);
    if (exitCode !== 0) throw new Error(`holdfast ${words[0]} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  await cluster.sql("CREATE TABLE facts AS SELECT 'before' AS what");
  await holdfast('backup', ...place);
  await cluster.sql("INSERT INTO facts VALUES ('after the backup')");
  await cluster.writeSegments(2);
  await cluster.drained();
  await cluster.server.killNine();
  await agent.stop();

  const dataDirectory = join(cluster.directory, 'second');
  await holdfast('recover', ...place, '--to', 'latest', '--data-dir', dataDirectory, '--execute');
  const logFile = join(cluster.directory, 'second.log');
  await using second = await attachServer(cluster.instance, { dataDirectory, logFile });
  const spool = join(cluster.directory, 'spool-2');
  await holdfast('init', ...place, '--spool', spool, '--host', second.connection.host);
  await second.restart();

  const words = ['agent', ...place, '--spool', spool, '--data-dir', dataDirectory];
  const refused = await cluster.holdfast(words);
  expect(refused.exitCode).toBe(46);
  expect(refused.stderr).toContain('WAL-FENCED');
  cluster.startAgent(['--spool', spool, '--data-dir', dataDirectory, '--take-over']);
  const sql = async (text: string): Promise<string> =>
    second.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', text]);
  await sql("INSERT INTO facts VALUES ('on the new timeline')");
  await sql('SELECT pg_switch_wal()');

  const { time } = JSON.parse(await sql("SELECT json_build_object('time', now())")) as {
    time: string;
  };
  await sql("INSERT INTO facts VALUES ('too late')");
  await sql('SELECT pg_switch_wal()');
  await until('the store recovers past that moment on timeline 2', async () => {
    const { windows } = JSON.parse(await holdfast('windows', ...place, '--json')) as Windows;
    return windows.some((row) => row.timeline === 2 && new Date(row.toTime) > new Date(time));
  });
  const third = join(cluster.directory, 'third');
  const report = await holdfast(
    'recover',
    ...place,
    '--to',
    time,
    '--data-dir',
    third,
    '--execute',
    '--json',
  );
  expect(JSON.parse(report)).toMatchObject({ timeline: 2, newTimeline: 3 });
  await using server = await attachServer(cluster.instance, {
    dataDirectory: third,
    logFile: join(cluster.directory, 'third.log'),
  });
  const rows = await server.run('psql', ['-XAtqc', 'SELECT what FROM facts ORDER BY ctid']);
  expect(rows.split('\n')).toEqual(['before', 'after the backup', 'on the new timeline']);
});
