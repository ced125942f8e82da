import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { archiveAll, backUp, recoverTo, startRecovered } from '../support/recovery-cluster.ts';

/** A recovery that read any of these would end elsewhere, stop, wait for an hour or hang. */
const TARGETS = `
recovery_target_name = 'nowhere'
recovery_target_inclusive = off
recovery_target_action = 'shutdown'
recovery_target_timeline = '7'
`;
const REPLICATION = `
hot_standby = on
primary_conninfo = 'host=ghost'
primary_slot_name = 'ghost'
promote_trigger_file = ''
recovery_end_command = 'false'
recovery_min_apply_delay = '1h'
recovery_prefetch = off
restore_command = 'sleep 3600'
synchronous_commit = remote_apply
synchronous_standby_names = 'FIRST 1 (ghost)'
`;
/** 16 no longer knows it, and would not start with it. */
const ONLY_15 = /^promote_trigger_file.*\n/m;
const ARCHIVING = `
archive_cleanup_command = 'false'
archive_library = 'missing_library'
archive_command = ''
archive_mode = always
max_logical_replication_workers = 9
`;
const UNCLEAN = `
ignore_invalid_pages = on
wal_consistency_checking = 'all'
logging_collector = on
log_directory = 'elsewhere'
listen_addresses = 'host.invalid'
port = 1
`;

describe('a base backup full of settings that are poison to a recovery', () => {
  let cluster: ArchivedCluster;
  /** Files added to the data directory of the running server, which reads none of them. */
  const added: string[] = [];

  const inData = (name: string): string => join(cluster.attached.dataDirectory, name);
  async function addToBase(name: string, text: string): Promise<void> {
    await writeFile(inData(name), text, { mode: 0o644 });
    added.push(name);
  }

  /** Backs up with these lines at the end of postgresql.conf, then takes them and the added files away. */
  async function backUpWith(lines: string): Promise<void> {
    const conf = inData('postgresql.conf');
    const before = await readFile(conf, 'utf8');
    await appendFile(conf, lines);
    await backUp(cluster);
    await writeFile(conf, before);
    for (const name of added.splice(0)) await rm(inData(name));
    await cluster.sql('INSERT INTO facts SELECT max(id) + 1 FROM facts');
    await archiveAll(cluster);
  }

  async function recoverInto(folder: string): Promise<RecoveryResult> {
    return recoverTo(cluster, 'latest', join(await cluster.makeFolder(folder), 'data'));
  }

  const ask = async (server: AttachedServer, statement: string): Promise<string> =>
    server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await cluster.sql('CREATE TABLE facts AS SELECT 1 AS id');
    for (const setting of [
      "recovery_target_xid = '3'",
      "recovery_min_apply_delay = '1h'",
      "primary_conninfo = 'host=ghost'",
      "restore_command = 'sleep 3600'",
    ]) {
      await cluster.sql(`ALTER SYSTEM SET ${setting}`);
    }
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  test('neither hangs nor diverts it, and the result starts and commits as it is', async () => {
    await mkdir(inData('conf.d'), { recursive: true, mode: 0o755 });
    await addToBase('conf.d/targets.conf', TARGETS);
    const known = cluster.instance.major > 15 ? REPLICATION.replace(ONLY_15, '') : REPLICATION;
    await addToBase('replication.conf', known);
    await addToBase('standby.signal', '');
    await addToBase('recovery.signal', '');
    await addToBase('recovery.conf', "standby_mode = 'on'\n");
    await backUpWith(
      `include 'replication.conf'\ninclude_dir 'conf.d'\n${ARCHIVING}${UNCLEAN}` +
        `recovery_target_time = '2000-01-01 00:00:00Z'\n`,
    );

    const result = await recoverInto('poisoned');
    expect(result).toMatchObject({ timeline: 2 });
    expect(await readdir(result.dataDirectory)).not.toContain('standby.signal');

    await using server = await startRecovered(cluster, result);
    expect(await ask(server, 'SELECT max(id) FROM facts')).toBe('2');
    // It would wait for ever for a standby of its origin.
    await ask(server, 'INSERT INTO facts VALUES (3)');
    const settings = await ask(
      server,
      `SELECT name || '=' || setting FROM pg_settings WHERE name ~ '^(archive_mode|primary_conninfo|restore_command|recovery_target_name|max_logical_replication_workers)$' ORDER BY name`,
    );
    expect(settings.split('\n')).toEqual([
      'archive_mode=off',
      'max_logical_replication_workers=0',
      'primary_conninfo=',
      'recovery_target_name=',
      'restore_command=',
    ]);
    expect(await ask(server, 'SELECT pg_is_in_recovery()')).toBe('f');
  });

  test('that names what is not on this machine does not stop it, and is told', async () => {
    const origin = cluster.attached.dataDirectory;
    await backUpWith(
      [
        '# Of another machine.',
        `data_directory = '${origin}'`,
        "log_directory = '/nowhere/log'",
        'logging_collector = on',
        'huge_pages = on',
        "ssl_cert_file = '/nowhere/server.crt'",
        'ssl = on',
        "local_preload_libraries = 'missing_library'",
        "session_preload_libraries = 'missing_library'",
        "shared_preload_libraries = 'missing_library'",
        "lc_messages = 'xx_XX.UTF-8'",
        "include '/nowhere/more.conf'",
        '',
      ].join('\n'),
    );
    const result = await recoverInto('foreign');
    expect(result.notes).toContainEqual(expect.stringContaining('/nowhere/more.conf'));
    expect(result.notes).toContainEqual(expect.stringContaining(`serve ${origin}`));

    const conf = join(result.dataDirectory, 'postgresql.conf');
    const mended = (await readFile(conf, 'utf8')).replace(
      /^# Of another machine[^]+more\.conf'\n/m,
      '',
    );
    await writeFile(conf, mended);
    await using server = await startRecovered(cluster, result);
    expect(await ask(server, 'SHOW data_directory')).toBe(result.dataDirectory);
    expect(await ask(server, 'SELECT max(id) FROM facts')).toBe('3');
  });
});
