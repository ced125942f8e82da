import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { ERROR_CODES } from '../../lib/core/errors/codes.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { bareEnvironment, type Ending, runHere } from '../bin/cli/run-holdfast.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const it = testServer({ settings: { max_prepared_transactions: '2' } });
const PAGES = ERROR_CODES['HEALTH-FAILED'].exitCode;
const Document = z.object({
  format: z.literal(1),
  ok: z.boolean(),
  standing: z.string(),
  at: z.iso.datetime(),
  checks: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      tier: z.string(),
      group: z.string(),
      standing: z.string(),
      says: z.string(),
      values: z.record(z.string(), z.number()),
      findings: z.array(z.object({ subject: z.string(), says: z.string() })),
      tookMs: z.number(),
    }),
  ),
});

/** Runs statements one by one. */
const sql = async (...statements: readonly string[]): Promise<string> =>
  it().server.run('psql', [
    '-XAtq',
    '-v',
    'ON_ERROR_STOP=1',
    ...statements.flatMap((one) => ['-c', one]),
  ]);
async function health(...words: readonly string[]): Promise<Ending> {
  const { host, port } = it().server.connection;
  return runHere(['health', '--user', MONITOR, ...words], { PGHOST: host, PGPORT: String(port) });
}
const documentOf = ({ stdout }: Ending): z.output<typeof Document> =>
  Document.parse(JSON.parse(stdout));

beforeAll(async () => {
  await using setup = openClusterSetup(it().server.connection);
  await ensureRoles(setup, it().instance.major, {});
  await setup.ensureHealthFunctions(MONITOR);
});

describe('holdfast health --watch', () => {
  test('keeps telling until it is interrupted, which is no error', async () => {
    const { host, port } = it().server.connection;
    const child = execa(NODE, [HOLDFAST, 'health', '--watch', '--json', '--tier', 'M'], {
      env: bareEnvironment({ PGHOST: host, PGPORT: String(port), PGUSER: MONITOR }),
      extendEnv: false,
      reject: false,
      cwd: '/',
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    await until('a document', async () => said.includes('\n'));
    child.kill('SIGINT');
    const { exitCode } = await child;
    expect(exitCode).toBe(0);
    const [first = ''] = said.split('\n');
    expect(Document.parse(JSON.parse(first)).checks.map(({ id }) => id)).toContain('M3');
  });
});

describe('holdfast health', () => {
  test('sees a server that is well, and waits for nothing', async () => {
    const ending = await health('--json', '--tier', 'C');
    const { ok, checks } = documentOf(ending);
    expect(ending.exitCode).toBe(0);
    expect(ok).toBe(true);
    expect(checks.filter(({ standing }) => standing === 'waiting')).toEqual([]);
    expect(new Set(checks.map(({ tier }) => tier))).toEqual(new Set(['C']));
  });

  test('is blind without a store to what is in it', async () => {
    const { checks } = documentOf(await health('--json', '--tier', 'A'));
    const blind = checks.find(({ id }) => id === 'A5');
    expect(blind).toMatchObject({ standing: 'blind', says: expect.stringContaining('no store') });
  });

  test('tells a person the worst first, and ends with the status of HEALTH-FAILED', async () => {
    await sql('ALTER ROLE ALL SET default_transaction_read_only = on');
    const { exitCode, stdout } = await health('--tier', 'B');
    expect(exitCode).toBe(PAGES);
    expect(stdout).toMatch(/^PAGE {3}B7 +writer/);
    expect(stdout).toMatch(/^ +look: SELECT pg_is_in_recovery/m);
    expect(stdout).toMatch(/^HEALTH-FAILED \(124\): 1 to get up for/m);
    await sql(
      'SET default_transaction_read_only = off',
      'ALTER ROLE ALL RESET default_transaction_read_only',
    );
  });

  test('of a server that does not answer is a page, not an error', async () => {
    const ending = await health('--json', '--port', '1');
    const { ok, standing, checks } = documentOf(ending);
    expect(ending.exitCode).toBe(PAGES);
    expect({ ok, standing }).toEqual({ ok: false, standing: 'page' });
    expect(checks.find(({ id }) => id === 'B1')?.says).toMatch(/^PG-CONNECT/);
  });

  test('of such a server is no success because nobody asked for tier B', async () => {
    const ending = await health('--tier', 'C', '--port', '1');
    expect(ending.exitCode).toBe(PAGES);
    expect(ending.stdout).not.toContain('Nothing pages');
  });

  test('lists every check without a server', async () => {
    const { exitCode, stdout } = await runHere(['health', '--list', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      checks: expect.arrayContaining([expect.objectContaining({ id: 'A1', tier: 'A' })]),
      absent: expect.arrayContaining([expect.objectContaining({ id: 'B8' })]),
    });
    expect((await runHere(['health', '--list'])).stdout).toMatch(/^A1 {2}archiver-failing/);
  });

  test('refuses a tier that there is not', async () => {
    const { exitCode, stderr } = await health('--tier', 'E');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Allowed choices are A, B, C, D, M');
  });
});
