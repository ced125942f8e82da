import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { sectionOf, shellBlocks } from '../support/markdown-commands.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { until } from '../support/until.ts';

const GUIDE = new URL('../../docs/operate.md', import.meta.url);
const WORDS = "SELECT string_agg(word, ' ' ORDER BY word) FROM words";

test('a server that exists moves into a cluster of its own, and can no more write to its archive', async () => {
  await using cluster = await startProtectedCluster({ asServer: true, prepared: false });
  const chapter = await openChapter(cluster, 'Adopt an existing database');
  await cluster.sql("CREATE TABLE words AS SELECT 'old' AS word");
  const [init = '', backup = ''] = chapter.blocks('On the old server');
  await chapter.run(init);
  await cluster.server.restart();
  const agent = cluster.startAgent();
  expect(await chapter.run(backup)).toMatch(/recoverable point/);
  await chapter.run(chapter.blocks('Rehearse it').join('\n'));
  await cluster.sql("INSERT INTO words VALUES ('last')");

  // The host's own part of the cut-over is what its boot does.
  const [stop = ''] = chapter.blocks('Cut over');
  await chapter.run(stop);
  expect(await cluster.ready()).toEqual([]);
  await agent.stop();
  const host = join(cluster.directory, 'host');
  const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
  const recover = ['recover', ...place, '--to', 'latest', '--data-dir', host, '--execute'];
  expect(await cluster.holdfast(recover)).toMatchObject({ exitCode: 0 });
  const logFile = join(cluster.directory, 'host.log');
  await using adopted = await attachServer(cluster.instance, { dataDirectory: host, logFile });
  const spool = join(cluster.directory, 'host-spool');
  const server = ['--host', adopted.connection.host, '--user', 'postgres'];
  const protect = ['init', ...place, '--spool', spool, ...server];
  expect(await cluster.holdfast(protect)).toMatchObject({ exitCode: 0 });
  await adopted.restart();
  cluster.startAgent(['--spool', spool, '--data-dir', host, '--take-over']);
  expect(await cluster.holdfast(['backup', ...place, ...server])).toMatchObject({ exitCode: 0 });
  expect(await adopted.run('psql', ['-XAtqc', WORDS])).toBe('last old');

  await cluster.server.start();
  await cluster.sql("INSERT INTO words VALUES ('nobody archives this')");
  const refused = await cluster.holdfast(['agent', ...cluster.agentWords()]);
  expect(refused).toMatchObject({ exitCode: 46, stderr: expect.stringContaining('WAL-FENCED') });
});

test('a copy in another environment archives nothing until it is a cluster of its own', async () => {
  await using cluster = await startProtectedCluster({ asServer: true });
  const chapter = await openChapter(cluster, 'Copy into another environment');
  const agent = cluster.startAgent();
  await cluster.sql("CREATE TABLE words AS SELECT 'source' AS word");
  const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
  expect(await cluster.holdfast(['backup', ...place])).toMatchObject({ exitCode: 0 });
  await cluster.writeSegments(1);
  await cluster.drained();

  const [recover = '', identity = ''] = chapter.blocks();
  await chapter.run(recover);
  const copy = join(cluster.directory, 'copy');
  const logFile = join(cluster.directory, 'copy.log');
  await using clone = await attachServer(cluster.instance, { dataDirectory: copy, logFile });
  const ask = async (statement: string): Promise<string> =>
    clone.run('psql', ['-XAtqc', statement]);
  expect(await ask('SHOW archive_mode')).toBe('off');
  await chapter.run(identity, libpqEnvironment(clone.connection));
  await clone.restart();
  expect(await ask('SHOW archive_mode')).toBe('on');
  expect(await ask(WORDS)).toBe('source');

  const spool = join(cluster.directory, 'spool-copy');
  const own = ['--store', chapter.copyStore, '--cluster', 'orders-copy'];
  const astray = ['agent', ...place, '--spool', spool, '--data-dir', copy];
  expect(await cluster.holdfast(astray)).not.toMatchObject({ exitCode: 0 });
  cluster.startAgent([...own, '--spool', spool, '--data-dir', copy]);
  const server = ['--host', clone.connection.host, '--user', 'postgres'];
  expect(await cluster.holdfast(['backup', ...own, ...server])).toMatchObject({ exitCode: 0 });

  // The source goes on as if nothing had been.
  await cluster.writeSegments(1);
  await cluster.drained();
  const verified = await cluster.holdfast(['verify', ...place, '--json']);
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, findings: [] });
  await until('the agent of the source lives', async () => (await cluster.ready()).length === 0);
  await agent.stop();
});

/** A chapter of the guide with this cluster's places in it, and a shell that knows `holdfast`. */
async function openChapter(cluster: ProtectedCluster, heading: string) {
  const { directory, instance, server, spool, storeUrl } = cluster;
  const copyStore = `${storeUrl}-copy`;
  const places = {
    'file:///var/backups/holdfast-copy': copyStore,
    '/var/backups/holdfast-copy': fileURLToPath(copyStore),
    '/var/spool/holdfast-copy': join(directory, 'spool-copy'),
    '/var/lib/postgresql/15/copy': join(directory, 'copy'),
    '/var/lib/postgresql/15/rehearsal': join(directory, 'rehearsal'),
  };
  const guide = Object.entries(places).reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    await readFile(GUIDE, 'utf8'),
  );
  const section = sectionOf(guide, heading);
  const program = `holdfast() { '${NODE}' '${HOLDFAST}' "$@"; }\n`;
  const env = {
    ...libpqEnvironment(server.connection),
    PATH: `${instance.binDirectory}${delimiter}${process.env['PATH']}`,
    HOLDFAST_STORE: storeUrl,
    HOLDFAST_CLUSTER: CLUSTER,
    HOLDFAST_SPOOL: spool,
    HOLDFAST_DATA_DIR: server.dataDirectory,
    SOURCE_STORE: storeUrl,
  };
  return {
    copyStore,
    /** Of a part of the chapter, or of what stands before its first. */
    blocks: (part?: string): readonly string[] => {
      const [before = '', ...parts] = section.split('\n### ');
      const own = parts.find((text) => text.startsWith(`${part}\n`));
      return shellBlocks(part === undefined ? before : `${own}\n`);
    },
    run: async (block: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
      const { all, exitCode } = await execa('sh', ['-eu'], {
        cwd: '/',
        input: `${program}${block}`,
        env: { ...env, ...more },
        all: true,
        reject: false,
        ...serverOwner(),
      });
      if (exitCode !== 0) throw new Error(`ended with ${exitCode}:\n${block}\n${all}`);
      return all;
    },
  };
}
