import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { readObject } from '../contract/store-helpers.ts';
import { NODE } from '../support/checkout.ts';
import { keyLine, writeKeyFile } from '../support/key-file.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { saveUnsealScript } from '../support/unseal-script.ts';

const MARKER = 'nobody-may-read-this-row';
const EVERY_ROW = 'SELECT id, text FROM secrets ORDER BY id';
/** What is left readable, and why: see docs/encryption.md. */
const LEFT_PLAIN = /\/(identity\.json|lease\/[^/]+)(\.versions\/\d+)?$/;

test('a sealed archive ships, is verified and recovered, and says nothing to who has no key', async () => {
  await using cluster = await startProtectedCluster({ prepared: false });
  const { server } = cluster;
  const keyFile = join(cluster.directory, 'envelope.key');
  const [old, young] = [keyLine('2026'), keyLine('2027')];
  await writeKeyFile(keyFile, [old]);
  const key = ['--envelope-key', keyFile];
  const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
  const holdfast = async (...words: string[]) => cluster.holdfast([...words, ...place]);

  expect(await cluster.init(key)).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(cluster.spool, 'one-shot'), 'utf8')).toContain(keyFile);
  await server.restart();
  let agent = cluster.startAgent(key);
  await writeSecrets(cluster, 1, 500);
  expect(await holdfast('backup', ...key)).toMatchObject({ exitCode: 0 });
  await cluster.drained();
  await agent.stop();
  // Rotated: what comes from here on is sealed under the newer key.
  await writeKeyFile(keyFile, [young, old]);
  agent = cluster.startAgent(key);
  await writeSecrets(cluster, 501, 900);
  await cluster.drained();
  const rows = await cluster.sql(EVERY_ROW);
  // Nothing unsealed is added by somebody who forgot the key.
  expect(await holdfast('backup')).toMatchObject({ exitCode: 36 });
  await agent.stop();

  expect(await readableIn(cluster.storeDirectory)).toEqual([]);
  const verified = await holdfast('verify', '--deep', '--json', ...key);
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, findings: [] });
  await expectOpenedByHand(cluster, keyFile);

  for (const verb of [['list'], ['windows'], ['verify'], ['status']]) {
    const { exitCode, stderr } = await holdfast(...verb);
    expect({ verb, exitCode, stderr }).toMatchObject({
      exitCode: 36,
      stderr: expect.stringContaining('is sealed: give HOLDFAST_ENVELOPE_KEY'),
    });
  }
  const recover = ['recover', '--to', 'latest', '--execute', '--data-dir'];
  const nowhere = join(cluster.directory, 'nowhere');
  expect(await holdfast(...recover, nowhere)).toMatchObject({ exitCode: 36 });
  await writeKeyFile(keyFile, [keyLine('2028')]);
  expect(await holdfast(...recover, nowhere, ...key)).toMatchObject({ exitCode: 35 });
  await writeKeyFile(keyFile, [young, old]);

  const dataDirectory = join(cluster.directory, 'restored');
  const ending = await holdfast(...recover, dataDirectory, ...key);
  expect(ending).toMatchObject({ exitCode: 0 });
  const logFile = join(cluster.directory, 'restored.log');
  await using restored = await attachServer(cluster.instance, { dataDirectory, logFile });
  expect(await restored.run('psql', ['-XAtqc', EVERY_ROW])).toBe(rows);

  await exchangeSegments(cluster);
  const found = JSON.parse((await holdfast('verify', '--deep', '--json', ...key)).stdout);
  const broken = found.findings.filter(({ code }: { code: string }) => code === 'VAULT-SEALED');
  expect(broken).toHaveLength(2);
});

async function writeSecrets(cluster: ProtectedCluster, from: number, to: number): Promise<void> {
  await cluster.sql('CREATE TABLE IF NOT EXISTS secrets (id int, text text)');
  await cluster.sql(
    `INSERT INTO secrets SELECT i, '${MARKER}-' || i FROM generate_series(${from}, ${to}) i`,
  );
  await cluster.writeSegments(2);
}

/** Files of the store that say anything: those that are left plain on purpose are passed over. */
async function readableIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const readable: string[] = [];
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const bytes = await readFile(path);
    expect(bytes.includes(MARKER)).toBe(false);
    const isSealed = bytes.subarray(0, 7).toString() === 'HFENV1 ';
    // Hashes, the epoch and the key's name, and nothing else.
    if (!isSealed && !LEFT_PLAIN.test(path) && !path.endsWith('.meta')) readable.push(path);
  }
  expect(files.length).toBeGreaterThan(10);
  return readable;
}

/** The script of the page restore-by-hand gives the very bytes that Holdfast reads. */
async function expectOpenedByHand(cluster: ProtectedCluster, envelopeKey: string): Promise<void> {
  const script = await saveUnsealScript(cluster.directory);
  const opened = join(cluster.directory, 'opened');
  await execa(NODE, [script, cluster.storeDirectory, opened, envelopeKey], { extendEnv: false });
  const store = await openObjectStore(cluster.storeUrl, { envelopeKey });
  let objects = 0;
  for await (const { key, bytes } of store.list('')) {
    if (key.includes('/lease/')) continue;
    const plain = await readFile(join(opened, key));
    expect(plain.equals(await readObject(store, key))).toBe(true);
    expect(bytes).toBe(plain.byteLength);
    objects += 1;
  }
  expect(objects).toBeGreaterThan(10);
}

/** Puts each of two segments, with what is recorded of it, in the place of the other. */
async function exchangeSegments({ storeDirectory }: ProtectedCluster): Promise<void> {
  const names = await readdir(storeDirectory, { recursive: true });
  const [one = '', other = ''] = names
    .filter((name) => /\/wal\/.*[0-9A-F]{24}\.zst$/.test(name))
    .toSorted()
    .map((name) => join(storeDirectory, name));
  for (const suffix of ['', '.meta']) {
    await rename(`${one}${suffix}`, `${one}.kept`);
    await rename(`${other}${suffix}`, `${one}${suffix}`);
    await rename(`${one}.kept`, `${other}${suffix}`);
  }
}
