import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../functions/diagnose/handler.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { Diagnosis } from '../../lib/core/diagnosis/diagnosis-record.ts';
import { captureLines } from '../support/captured-lines.ts';
import { freePort } from '../support/free-port.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { claimTestLineage } from '../support/wal-fixture.ts';

const EVENT = { alarm: 'holdfast-prod-orders-DatabaseDown', at: '2026-12-01T05:10:00.123Z' };
const PASSWORD = 'a-secret-of-the-role';
const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);
const logs = mockClient(CloudWatchLogsClient);
let folder = '';

beforeEach(async () => {
  for (const mock of [secrets, parameters, logs]) mock.reset();
  folder = await mkdtemp(join(tmpdir(), 'holdfast-diagnose-'));
  for (const [name, value] of Object.entries({
    HOLDFAST_ENVIRONMENT: 'prod',
    HOLDFAST_CLUSTER: 'orders',
    HOLDFAST_STORE: pathToFileURL(folder).href,
    HOLDFAST_CA_PARAMETER: '/holdfast/prod/orders/ca',
    HOLDFAST_ROLE_SECRET: 'monitor',
    HOLDFAST_PROBE_LOG_GROUP: 'probes',
    PGHOST: '127.0.0.1',
    PGPORT: String(await freePort()),
    AWS_REGION: 'eu-central-1',
  })) {
    vi.stubEnv(name, value);
  }
  parameters.on(GetParameterCommand).resolves({ Parameter: { Value: rootCertificates[0] } });
  const SecretString = JSON.stringify({ username: 'holdfast_monitor', password: PASSWORD });
  secrets.on(GetSecretValueCommand).resolves({ SecretString });
  logs.on(FilterLogEventsCommand).resolves({ events: [] });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe('diagnose', () => {
  test('with the database down tells of the store, keeps it there, and says no secret', async () => {
    await claimTestLineage(await openObjectStore(pathToFileURL(folder).href));
    const lines = captureLines();
    const answer: unknown = JSON.parse(JSON.stringify(await handler(EVENT, lambdaContext())));
    const { parts, object, next } = Diagnosis.parse(answer);
    const says = Object.fromEntries(parts.map((part) => [part.id, part.says]));
    expect(says).toMatchObject({
      backup: 'none is restorable',
      server: expect.stringMatching(/^PG-CONNECT: /),
      blockers: says['server'],
    });
    expect(object).toMatch(/\/diagnosis\/20261201T051000Z-DatabaseDown\.json$/);
    expect(next).toEqual(['holdfast doctor']);
    const [line] = lines.logged('diagnosis.made');
    expect(line).toMatchObject({ missing: 'server blockers horizon queries disk' });
    expect(JSON.stringify([answer, line])).not.toContain(PASSWORD);
  });

  test('for a proof keeps nothing in the store', async () => {
    const store = await openObjectStore(pathToFileURL(folder).href);
    await claimTestLineage(store);
    captureLines();
    const proof = { ...EVENT, isProof: true };
    const answer: unknown = JSON.parse(JSON.stringify(await handler(proof, lambdaContext())));
    const { object, notKept } = Diagnosis.parse(answer);
    expect({ object, notKept }).toEqual({
      object: undefined,
      notKept: 'it only proves that diagnoses can be made',
    });
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((file) => file.includes('diagnosis'))).toEqual([]);
  });

  test.each([null, {}, { alarm: 'x' }, { ...EVENT, at: 'now' }])(
    'refuses %j, which nobody sends',
    async (event) => {
      captureLines();
      await expect(handler(event, lambdaContext())).rejects.toMatchObject({
        code: 'CONFIG-EVENT',
      });
    },
  );

  test.each(['HOLDFAST_STORE', 'HOLDFAST_ROLE_SECRET', 'HOLDFAST_CA_PARAMETER', 'PGHOST'])(
    'fails when it is not told %s',
    async (name) => {
      vi.stubEnv(name, '');
      captureLines();
      await expect(handler(EVENT, lambdaContext())).rejects.toMatchObject({
        code: 'CONFIG-INVALID',
      });
    },
  );
});
