import { rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { ERROR_CODES } from '../../lib/core/errors/codes.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { sectionOf, shellBlocks } from '../support/markdown-commands.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const DEMO_TIMEOUT_MS = 100_000;

/** How one command of the README ended. */
interface Ending {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

// Whatever npm runs here sets up first. `npm test` has done so; by itself it would replace
// node_modules under the tests that run beside this one.
beforeAll(() => {
  const done = readFileSync(join(ROOT, 'node_modules/.holdfast-setup'), 'utf8');
  const wanted = sha256(readFileSync(join(ROOT, 'package-lock.json')));
  if (done !== wanted) throw new Error('packages are not up to date: run "npm run setup" first');
});

describe('the two commands', () => {
  // `npm test` is what runs this very test, so here it is only known to be there.
  test('are the ones that package.json has', () => {
    const commands = shellBlocks(sectionOf(README, 'Two commands')).map((block) => block.trim());
    expect(commands).toEqual(['npm start', 'npm test']);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test', 'holdfast']));
  });

  test('npm start proves on this machine that every committed row comes back', async () => {
    const { exitCode, stdout, stderr } = await inCheckout(
      'npm start --silent -- --json',
      {},
      DEMO_TIMEOUT_MS,
    );
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const proof = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { rowsCommitted: number };
    expect(proof).toEqual({
      format: 1,
      verdict: 'proven',
      rowsCommitted: expect.any(Number),
      rowsRecovered: proof.rowsCommitted,
      lostCommits: 0,
      unexpectedRows: 0,
      rpoSec: expect.any(Number),
      rtoSec: expect.any(Number),
      target: expect.stringMatching(/^\d{4}-.*Z$/),
      reachedTime: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(proof.rowsCommitted).toBeGreaterThan(1_000);
  });
});

describe('protecting a server of your own', () => {
  test('takes the commands of the README, in their order, and nothing else', async () => {
    await using cluster = await startProtectedCluster({ prepared: false, walSegmentMegabytes: 16 });
    const recovered = join(cluster.directory, 'recovered');
    const [where = '', prepare = '', agent = '', look = '', recover = ''] = shellBlocks(
      inPlaceOf(cluster, recovered, sectionOf(README, 'Protect a server of your own')),
    );
    const env = libpqEnvironment(cluster.server.connection);
    const run = async (commands: string): Promise<Ending> =>
      inCheckout(`${where}\n${commands}`, env);
    const promise = async (command: string, words: RegExp): Promise<void> => {
      const ending = await run(command);
      expect({ command, ...ending }).toMatchObject({ exitCode: 0 });
      expect(ending.stdout).toMatch(words);
    };

    const [makeFolders = '', init = ''] = prepare.trim().split('\n');
    await promise(makeFolders, /^$/);
    const notYet = await run(`${init} --check`);
    expect(notYet.exitCode).toBe(ERROR_CODES['PG-SETTINGS'].exitCode);
    await promise(init, /RESTART/);
    await cluster.server.restart();
    await promise(`${init} --check`, /^cluster orders, /);

    await startAgent(`${where}\n${agent}`, env);
    await cluster.sql('CREATE TABLE life AS SELECT i, md5(i::text) FROM generate_series(1, 999) i');
    const [backup = '', list = '', windows = '', status = '', verify = ''] = look.split('\n');
    const backupId = /\d{8}T\d{6}Z-[0-9A-F]{8}-[0-9A-F]{24}/;
    await promise(backup, backupId);
    await promise(list, backupId);
    await promise(windows, backupId);
    await promise(status, backupId);
    await promise(verify, /in order/);

    await cluster.sql('UPDATE life SET i = -i WHERE i % 7 = 0');
    const rows = await cluster.sql('SELECT * FROM life ORDER BY i');
    await cluster.writeSegments(1);
    await cluster.drained();
    await cluster.server.killNine();
    await rm(cluster.server.dataDirectory, { recursive: true });
    const [plan = '', execute = ''] = recover.trim().split('\n');
    await promise(plan, /--execute/);
    await promise(execute, /timeline 2\b/);
    await using server = await attachServer(cluster.instance, {
      dataDirectory: recovered,
      logFile: join(cluster.directory, 'recovered.log'),
    });
    const args = ['-XAtqc', 'SELECT * FROM life ORDER BY i'];
    expect(await server.run('psql', args)).toBe(rows);
  });
});

/** The README's commands with this cluster's paths in the place of a real machine's. */
function inPlaceOf(cluster: ProtectedCluster, recovered: string, text: string): string {
  const places = {
    '/var/backups/holdfast': join(cluster.directory, 'backups'),
    '/var/spool/holdfast': cluster.spool,
    '/var/lib/postgresql/15/main': cluster.server.dataDirectory,
    '/var/lib/postgresql/15/recovered': recovered,
  };
  const placed = Object.entries(places).reduce((it, [from, to]) => it.replaceAll(from, to), text);
  expect(placed).not.toContain('/var/');
  return placed;
}

/** Runs commands in the checkout as a person's shell would, not as part of this `npm test`. */
async function inCheckout(
  commands: string,
  env: Readonly<Record<string, string>>,
  timeout = 60_000,
): Promise<Ending> {
  const how = { cwd: ROOT, env: shellEnvironment(env), extendEnv: false, timeout, reject: false };
  const { exitCode, stdout, stderr } = await execa('sh', ['-eu'], { ...how, input: commands });
  return { exitCode, stdout, stderr };
}

/** Starts the agent as the README says, and waits until it ships; the end of the test stops it. */
async function startAgent(command: string, env: Readonly<Record<string, string>>): Promise<void> {
  const how = { cwd: ROOT, env: shellEnvironment(env), extendEnv: false, reject: false } as const;
  // A group of its own: npm, its shell and the agent are all told to stop.
  const agent = execa('sh', ['-euc', command], { ...how, stdin: 'ignore', detached: true });
  let log = '';
  agent.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8');
  });
  let isOver = false;
  const over = agent.finally(() => {
    isOver = true;
  });
  onTestFinished(async () => {
    if (agent.pid !== undefined && !isOver) process.kill(-agent.pid, 'SIGTERM');
    await over;
  });
  await until('the agent ships', () => log.includes('"agent.started"'));
}

function shellEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !/^(npm_|PG)/.test(pair[0]),
  );
  return { ...Object.fromEntries(own), ...env };
}
