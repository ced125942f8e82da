import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { Env } from '../../lib/core/contract/environment.ts';
import {
  CONTAINER_PATH,
  type CredentialsEndpoint,
  startCredentialsEndpoint,
} from '../support/credentials-endpoint.ts';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../support/moto-server.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { s3Environment } from '../support/s3-environment.ts';
import type { Exchange, Fault } from '../support/s3-exchange.ts';
import {
  type RequestMatch,
  type S3FaultProxy,
  startS3FaultProxy,
} from '../support/s3-fault-proxy.ts';
import {
  cutBody,
  damageOnTheWayUp,
  errorInside,
  loseAnswer,
  refuse,
  resetBefore,
} from '../support/s3-faults.ts';
import { readStoredWal } from '../support/stored-wal.ts';

const PART: RequestMatch = { method: 'PUT', query: 'partNumber' };
const COMPLETE: RequestMatch = { method: 'POST', query: 'uploadId' };
/** What any request may meet, in turns. */
const WEATHER: readonly Fault[] = [
  refuse(503, 'SlowDown'),
  loseAnswer,
  refuse(400, 'ExpiredToken'),
  resetBefore,
  refuse(500, 'InternalError'),
];
/** Most requests pass, so that no call meets more than its attempts. */
const FAIR = 5;
/** More than a part of an upload, and nothing that zstd could make small. */
const RANDOM_ROWS = 200_000;
const KMS_KEY = 'alias/orders-prod';
const CONTENT = "SELECT count(*), md5(string_agg(md5(bytes), '' ORDER BY i)) FROM random";

describe.skipIf(!hasMotoServer())(
  `the engine on an unreliable S3 (needs ${GET_MOTO})`,
  { timeout: 120_000 },
  () => {
    const over = new AsyncDisposableStack();
    let proxy: S3FaultProxy;
    let endpoint: CredentialsEndpoint;
    let cluster: ProtectedCluster;
    beforeAll(async () => {
      const server = over.use(await startMotoServer());
      proxy = over.use(await startS3FaultProxy(server.endpoint));
      endpoint = over.use(await startCredentialsEndpoint());
      const environment = {
        ...s3Environment(proxy.endpoint),
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        AWS_PROFILE: undefined,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint.origin}${CONTAINER_PATH}`,
        [Env.KMS_KEY]: KMS_KEY,
      };
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      cluster = over.use(await startProtectedCluster());
      await cluster.sql(
        `CREATE TABLE random AS SELECT i, sha512((i * random())::text::bytea) AS bytes
         FROM generate_series(1, ${RANDOM_ROWS}) i`,
      );
    }, 120_000);
    afterEach(() => proxy.heal());
    afterAll(async () => {
      await over.disposeAsync();
      vi.unstubAllEnvs();
    }, 60_000);

    /** Has all WAL archived before it rains. */
    const startAgent = async (): Promise<void> => {
      const agent = cluster.startAgent();
      await agent.logged('agent.started');
      await cluster.drained();
    };
    /** Every fifth request meets something. */
    const letItRain = (): void => {
      let requests = 0;
      const weather = async (exchange: Exchange): Promise<void> => {
        requests += 1;
        const fault =
          requests % FAIR === 0 ? WEATHER[(requests / FAIR) % WEATHER.length] : undefined;
        if (fault === undefined) exchange.send(await exchange.forward());
        else await fault(exchange);
      };
      proxy.inject({}, weather, { times: Infinity });
    };
    const place = (): readonly string[] => ['--store', cluster.storeUrl, '--cluster', CLUSTER];

    test('starts the one-shot push with the same key', async () => {
      expect(await readFile(join(cluster.spool, 'one-shot'), 'utf8')).toContain(KMS_KEY);
    });

    test('archives every segment once, as it is, while PostgreSQL counts no failure', async () => {
      await startAgent();
      const failures = await cluster.failedCount();
      letItRain();
      const last = await cluster.writeSegments(10);
      await cluster.drained();
      expect(await cluster.failedCount()).toBe(failures);
      const puts = proxy.matching({ method: 'PUT' });
      const keys = puts.map(
        ({ headers }) => headers['x-amz-server-side-encryption-aws-kms-key-id'],
      );
      expect(new Set(keys)).toEqual(new Set([KMS_KEY]));
      proxy.heal();
      const { segments, different, gaps } = await readStoredWal(cluster);
      expect({ last: segments.at(-1), different, gaps }).toEqual({ last, different: [], gaps: [] });
    });

    test('takes a base backup through lost parts, an expired session and a lost completion', async () => {
      await startAgent();
      const asked = endpoint.asked();
      proxy.inject(PART, damageOnTheWayUp);
      proxy.inject(PART, refuse(400, 'ExpiredToken'));
      proxy.inject(COMPLETE, errorInside('InternalError'));
      proxy.inject(COMPLETE, loseAnswer);
      letItRain();
      const { exitCode, stderr } = await cluster.holdfast(['backup', ...place()]);
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({
        exitCode: 0,
        stderr: '',
      });
      expect(proxy.matching(COMPLETE).length).toBeGreaterThanOrEqual(3);
      // Once for the process, and once for each time that S3 called its session expired.
      expect(endpoint.asked() - asked).toBeGreaterThan(1);
    });

    test('recovers all of it through lost answers and bodies that break off', async () => {
      await startAgent();
      const before = await cluster.sql(CONTENT);
      await cluster.writeSegments(1);
      await cluster.drained();
      proxy.inject({ method: 'GET', key: /part-\d+\.tar\.zst$/ }, cutBody, { times: 3 });
      proxy.inject({ method: 'GET', key: /\/wal\/.*\.zst$/ }, cutBody, { times: 3 });
      letItRain();
      const dataDirectory = join(cluster.directory, 'recovered');
      const words = [
        'recover',
        ...place(),
        '--to',
        'latest',
        '--data-dir',
        dataDirectory,
        '--execute',
      ];
      const { exitCode, stderr } = await cluster.holdfast(words);
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({
        exitCode: 0,
        stderr: '',
      });
      const resumed = proxy
        .matching({ method: 'GET' })
        .filter(({ headers }) => headers['if-match']);
      expect(resumed.length).toBeGreaterThanOrEqual(6);
      const logFile = join(cluster.directory, 'recovered.log');
      await using server = await attachServer(cluster.instance, { dataDirectory, logFile });
      expect(await server.run('psql', ['-XAtqc', CONTENT])).toBe(before);
    });
  },
);
