import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecoveryChoices } from '../../lib/core/restore/plan/recovery-plan.ts';
import { putRecord } from '../../lib/core/store/record.ts';
import { WriterRecord } from '../../lib/core/store/records.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { codeOf, refusalOf } from '../contract/store-helpers.ts';
import {
  archiveAll,
  backUp,
  planFrom,
  recoverTo,
  startRecovered,
} from '../support/recovery-cluster.ts';

const NOW = `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Timeline 1 goes on after timeline 2 has left it; timeline 2 is written by a recovered clone. */
describe('recovery after a promotion', () => {
  let cluster: ArchivedCluster;
  let folders = 0;
  /** After what is only on timeline 1, before timeline 2 begins; and after both have commits. */
  let [between, after] = ['', ''];

  const newDirectory = async (): Promise<string> => {
    folders += 1;
    return join(await cluster.makeFolder(`timeline-${folders}`), 'data');
  };
  const putWriter = async (epoch: number, timeline: number): Promise<void> => {
    const self = { instance: 'i', volume: 'v', dataDirInode: '1', timeline };
    const record = { epoch, ...self, since: new Date() };
    const { store, lineage } = cluster;
    await putRecord(store, lineage.keys.writer(epoch), WriterRecord, record, { epoch });
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
    between = await cluster.sql(NOW);
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
    after = await cluster.sql(NOW);
    await sql("INSERT INTO words VALUES ('fourth')");
    await archiveAll({ ...cluster, sql });
    await cluster.sql("INSERT INTO words VALUES ('third')");
    await archiveAll(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  test('follows the timeline it is told, across the branch', async () => {
    expect(await wordsAfter('latest', { timeline: 2 })).toBe('base both fourth second');
  });

  test('never follows the highest by itself', async () => {
    expect(await wordsAfter('latest', {})).toBe('base both first third');
  });

  test('refuses a time that two timelines have commits around, and names both', async () => {
    const { code, message } = await refusalOf(planFrom(cluster, after));
    expect(code).toBe('RESTORE-TARGET');
    expect(message).toMatch(/on timeline 2 .* and on timeline 1 /);
    expect((await planFrom(cluster, after, { timeline: 2 })).timeline).toBe(2);
    expect((await planFrom(cluster, between)).timeline).toBe(1);
  });

  test('refuses a time on a stretch that the writer left behind', async () => {
    await putWriter(1, 2);
    const { code, message } = await refusalOf(planFrom(cluster, between));
    expect(code).toBe('RESTORE-TARGET');
    expect(message).toMatch(/lies on timeline 1 with commits of/);
    expect(await wordsAfter(between, { timeline: 1 })).toBe('base both first');
    expect((await planFrom(cluster, 'latest')).timeline).toBe(2);
  });

  test('goes back to a lower timeline when the writer did', async () => {
    await putWriter(2, 1);
    expect((await planFrom(cluster, 'latest')).timeline).toBe(1);
    expect(await codeOf(planFrom(cluster, after))).toBe('RESTORE-TARGET');
  });

  test('begins a timeline that nobody has taken, also past one with a damaged history', async () => {
    const { store, lineage } = cluster;
    const garbage = Buffer.from('garbage');
    await putSealed(store, lineage.keys.wal('00000003.history'), garbage, { epoch: 1 });
    const result = await recoverTo(cluster, 'latest', await newDirectory());
    expect(result.timeline).toBe(4);
    expect(await codeOf(planFrom(cluster, 'latest', { timeline: 3 }))).toBe('RESTORE-TARGET');
  });
});
