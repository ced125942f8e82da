import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { sectionOf, shellBlocks } from '../support/markdown-commands.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';

const GUIDE = new URL('../../docs/recovery.md', import.meta.url);
const SCRIPT_TIMEOUT_MS = 60_000;
const WORDS = "SELECT string_agg(word, ' ' ORDER BY word) FROM words";

test('the guide leads from a mistake to a look at the past, into it, and back again', async () => {
  await using cluster = await startProtectedCluster({ asServer: true });
  const guide = await openGuide(cluster);
  let agent = cluster.startAgent();
  await cluster.sql("CREATE TABLE words AS SELECT 'base' AS word");
  const place = ['--store', cluster.storeUrl, '--cluster', 'orders'];
  expect(await cluster.holdfast(['backup', ...place])).toMatchObject({ exitCode: 0 });
  await cluster.sql("INSERT INTO words VALUES ('good')");
  const target = await cluster.sql("SELECT now() AT TIME ZONE 'UTC' || 'Z'");
  await cluster.sql("INSERT INTO words VALUES ('mistake')");
  await cluster.writeSegments(1);
  await cluster.drained();

  expect(await guide.run('1. Before you touch anything', target)).toMatch(/recoverable point/);
  const beside = await guide.run('3. Recover into an empty directory', target);
  expect(beside).toMatch(/Nothing was done[^]*now on timeline 2/);
  const looked = await guide.run('4. Look before you use it', target);
  expect(looked).toContain('base good\n');
  expect(await readFile(guide.dump, 'utf8')).toMatch(/^COPY .*words[^]*\nbase\ngood\n\\\.$/m);
  expect(await cluster.sql(WORDS)).toBe('base good mistake');

  await agent.stop();
  const inPlace = await guide.run('5. Recover in place', target);
  expect(inPlace).toMatch(/set-aside[^]*timeline \d/);
  await cluster.server.start();
  expect(await cluster.sql(WORDS)).toBe('base good');
  agent = cluster.startAgent();
  await cluster.writeSegments(1);
  await cluster.drained();

  await agent.stop();
  expect(await guide.run('6. Take it back', target)).toMatch(/rolled-back/);
  await cluster.server.start();
  expect(await cluster.sql(WORDS)).toBe('base good mistake');
  agent = cluster.startAgent();
  await cluster.writeSegments(1);
  await cluster.drained();
  await agent.stop();
});

/** The guide with this cluster's places in it, and a shell that knows `holdfast`. */
async function openGuide(cluster: ProtectedCluster) {
  const { directory, instance, server, spool, storeUrl } = cluster;
  const dump = join(directory, 'rescued.sql');
  const places = {
    'file:///var/backups/holdfast': storeUrl,
    '/var/spool/holdfast': spool,
    '/var/lib/postgresql/15/main': server.dataDirectory,
    '/var/lib/postgresql/15/recovered': join(directory, 'recovered'),
    '/tmp/recovered.log': join(directory, 'recovered.log'),
    '/tmp/rescued.sql': dump,
  };
  const guide = Object.entries(places).reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    await readFile(GUIDE, 'utf8'),
  );
  const [where = ''] = shellBlocks(guide);
  const program = `holdfast() { '${NODE}' '${HOLDFAST}' "$@"; }\n`;
  const env = {
    ...libpqEnvironment(server.connection),
    PATH: `${instance.binDirectory}${delimiter}${process.env['PATH']}`,
    CHECK: WORDS,
    TABLE: 'words',
  };
  return {
    dump,
    run: async (section: string, TARGET: string): Promise<string> => {
      const input = [program, where, ...shellBlocks(sectionOf(guide, section))].join('\n');
      const how = { cwd: '/', timeout: SCRIPT_TIMEOUT_MS, all: true, reject: false } as const;
      const { all, exitCode } = await execa('sh', ['-eu'], {
        ...how,
        input,
        env: { ...env, TARGET },
        ...serverOwner(),
      });
      if (exitCode !== 0) throw new Error(`"${section}" ended with ${exitCode}:\n${all}`);
      return all;
    },
  };
}
