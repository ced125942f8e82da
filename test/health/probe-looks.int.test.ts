import { beforeAll, describe, expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { servedCertificate } from '../../lib/core/adapters/postgres/served-certificate.ts';
import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import { lineageKeys } from '../../lib/core/contract/key-layout.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import { ok } from '../../lib/core/health/judgement.ts';
import { type ProbeFacts, probeCheck } from '../../lib/core/health/probe-facts.ts';
import { probeMemory } from '../../lib/core/health/probe-memory.ts';
import { runProbe } from '../../lib/core/health/probe-run.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { codeOf } from '../contract/store-helpers.ts';
import { testServer } from '../support/postgres-server.ts';
import { testProbe } from '../support/probe-context.ts';
import { serveOverTls } from '../support/tls-server.ts';
import { until } from '../support/until.ts';

const it = testServer({
  walSegmentMegabytes: 1,
  settings: { archive_mode: 'on', archive_command: 'true' },
});
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const DAY_MS = 86_400_000;

beforeAll(async () => {
  await using setup = openClusterSetup(it().server.connection);
  await ensureRoles(setup, it().instance.major, {});
});

/** What the probe offers of one fact, as the role that monitors. */
async function factOf(
  fact: keyof ProbeFacts,
  store: () => Promise<MemoryObjectStore>,
): Promise<{
  readonly seen: unknown;
  readonly standing: string | undefined;
  readonly says: string;
}> {
  let seen: unknown = 'nothing';
  const check = probeCheck({
    id: 'X1',
    name: 'made-up',
    tier: 'A',
    group: 'archiving',
    about: 'a test is made',
    needs: 'nothing',
    look: 'nothing',
    source: 'a test',
    fact,
    judge: (given) => {
      seen = given;
      return ok('seen');
    },
  });
  const probe = { ...testProbe({ ...it().server.connection, user: MONITOR }), store };
  const run = await runProbe({ sql: [], facts: [check] }, probeMemory().state, probe);
  return { seen, standing: run.results[0]?.standing, says: run.results[0]?.says ?? '' };
}

describe('what is archived', () => {
  const store = new MemoryObjectStore();
  const look = async (): ReturnType<typeof factOf> => factOf('lastArchived', async () => store);

  test('is nothing before the first segment', async () => {
    expect(await look()).toMatchObject({ seen: undefined, standing: 'ok' });
  });

  test('is in the store once it is, and not for the word of the server alone', async () => {
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
    const archived = async (): Promise<string> =>
      sql('SELECT last_archived_wal FROM pg_stat_archiver');
    await until('a segment', async () => (await archived()) !== '');
    const name = await archived();
    expect((await look()).seen).toEqual({ name, isStored: false });
    const systemIdentifier = await sql('SELECT system_identifier FROM pg_control_system()');
    const keys = lineageKeys({ cluster: 'orders', systemIdentifier, major: it().instance.major });
    const body = Buffer.from('a segment');
    await store.putIfAbsent(keys.wal(name), body, { plainSha256: sha256(body), epoch: 1 });
    expect((await look()).seen).toEqual({ name, isStored: true });
  });

  test('cannot be seen where the store may not be read', async () => {
    const denied = async (): Promise<never> => {
      throw new OpsError('STORE-DENIED', 's3:HeadObject is not allowed');
    };
    const { standing, says } = await factOf('lastArchived', denied);
    expect(standing).toBe('blind');
    expect(says).toMatch(/^STORE-DENIED/);
  });
});

test('the clocks of one machine agree within what the way there leaves open', async () => {
  const { seen } = await factOf('clock', async () => new MemoryObjectStore());
  const { aheadMs, uncertaintyMs } = seen as ProbeFacts['clock'];
  expect(uncertaintyMs).toBeGreaterThan(0);
  // Both clocks give whole milliseconds.
  expect(Math.abs(aheadMs)).toBeLessThanOrEqual(uncertaintyMs + 2);
});

describe('the certificate that a server shows', () => {
  test('is none on a socket', async () => {
    expect(await servedCertificate(it().server.connection)).toBeUndefined();
  });

  test('is none where nothing answers, and the error says so', async () => {
    const nowhere = { ...it().server.connection, host: '127.0.0.1', port: 1 };
    expect(await codeOf(servedCertificate(nowhere))).toBe('PG-CONNECT');
  });

  test('is read over TLS, whoever signed it, and with its own end', async () => {
    const { instance, server, directory } = it();
    await using tls = await serveOverTls({ instance, server, directory });
    const connection = { ...server.connection, host: tls.host, port: tls.port };
    const certificate = await servedCertificate({ ...connection, sslMode: 'verify-full' });
    // It was made for two days.
    const leftMs = (certificate?.endsAt.getTime() ?? 0) - Date.now();
    expect(leftMs).toBeGreaterThan(DAY_MS);
    expect(leftMs).toBeLessThanOrEqual(2 * DAY_MS);
    expect(await servedCertificate({ ...connection, sslMode: 'disable' })).toBeUndefined();
  });
});
