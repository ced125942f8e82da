import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecoveryChoices } from '../../lib/core/restore/plan/recovery-plan.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { archiveAll, backUp, recoverTo, startRecovered } from '../support/recovery-cluster.ts';

/** Timeline 1 goes on after timeline 2 has left it; timeline 2 is written by a recovered clone. */
describe('recovery after a promotion', () => {
  let cluster: ArchivedCluster;
  let folders = 0;

  const newDirectory = async (): Promise<string> => {
    folders += 1;
    return join(await cluster.makeFolder(`timeline-${folders}`), 'data');
  };
  /** The words in the recovered database. */
  const wordsAfter = async (target: string, choices: RecoveryChoices): Promise<string> => {
    const result = await recoverTo(cluster, target, await newDirectory(), choices);
    await using server = await startRecovered(cluster, result);
    return await server.run('psql', [
      '-XAtqc',
      "SELECT string_agg(word, ' ' ORDER BY word) FROM words",
    ]);
  };

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await cluster.sql("CREATE TABLE words AS SELECT 'base' AS word");
    await backUp(cluster);
    await cluster.sql("INSERT INTO words VALUES ('both')");
    await archiveAll(cluster);
    const branch = await recoverTo(cluster, 'latest', await newDirectory());
    await cluster.sql("INSERT INTO words VALUES ('first')");
    await archiveAll(cluster);

    // Written while archiving was off, so the clone never offers it by itself.
    const history = 'pg_wal/00000002.history';
    await copyFile(
      join(branch.dataDirectory, history),
      join(cluster.dropFolder, '00000002.history'),
    );
    await using clone = await startRecovered(cluster, branch);
    const sql = async (text: string): Promise<string> => clone.run('psql', ['-XAtqc', text]);
    await sql('ALTER SYSTEM SET archive_mode = on');
    const command = `cp %p ${cluster.dropFolder}/%f.new && mv ${cluster.dropFolder}/%f.new ${cluster.dropFolder}/%f`;
    await sql(`ALTER SYSTEM SET archive_command = '${command}'`);
    await clone.restart();
    await sql("INSERT INTO words VALUES ('second')");
    await archiveAll({ ...cluster, sql });
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  test('follows the timeline it is told, across the branch', async () => {
    expect(await wordsAfter('latest', { timeline: 2 })).toBe('base both second');
  });

  test('never follows the highest by itself', async () => {
    expect(await wordsAfter('latest', {})).toBe('base both first');
  });

  test('begins a timeline that nobody has taken', async () => {
    const result = await recoverTo(cluster, 'latest', await newDirectory(), { timeline: 1 });
    expect(result.timeline).toBe(3);
  });
});
