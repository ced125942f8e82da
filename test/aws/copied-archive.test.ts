import { afterEach, describe, expect, test, vi } from 'vitest';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { failureOf, runHere } from '../bin/cli/run-holdfast.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import { IDENTITY } from '../core/restore/wal/wal-archive.ts';
import { listKeys, refusalOf } from '../contract/store-helpers.ts';
import { s3Environment } from '../support/s3-environment.ts';
import { refuse } from '../support/s3-faults.ts';
import { describeS3 } from './s3-stage.ts';

const ELSEWHERE = { 'x-amz-bucket-region': 'eu-west-1' };
const ALWAYS = { times: Infinity };

describeS3('the copy of an archive in another region', (s3) => {
  afterEach(() => void vi.unstubAllEnvs());

  async function open(): Promise<Awaited<ReturnType<typeof openObjectStore>>> {
    for (const [name, value] of Object.entries(s3Environment(s3().proxy.endpoint))) {
      vi.stubEnv(name, value);
    }
    return openObjectStore(`s3://${s3().bucket}/copy`);
  }

  describe.each([
    { status: 301, name: 'PermanentRedirect' },
    { status: 400, name: 'AuthorizationHeaderMalformed' },
  ])('asked for in the wrong region, $status $name', ({ status, name }) => {
    test('says which region to set', async () => {
      const store = await open();
      s3().proxy.inject({}, refuse(status, name, ELSEWHERE), ALWAYS);
      for (const refused of [listKeys(store, ''), store.get('a')]) {
        expect(await refusalOf(refused)).toMatchObject({
          code: 'STORE-MISSING',
          hint: 'the bucket is in eu-west-1: set AWS_REGION=eu-west-1',
        });
      }
    });

    test('keeps its hint when S3 names none', async () => {
      const store = await open();
      s3().proxy.inject({}, refuse(status, name), ALWAYS);
      expect(await refusalOf(listKeys(store, ''))).toMatchObject({
        code: 'STORE-MISSING',
        hint: expect.stringContaining('AWS_REGION'),
      });
    });
  });

  test.each([
    { what: 'may not be used', status: 403, name: 'AccessDenied' },
    { what: 'is disabled', status: 400, name: 'KMS.DisabledException' },
    { what: 'is to be deleted', status: 400, name: 'KMS.KMSInvalidStateException' },
  ])('whose key $what is refused by name, by every verb that reads', async ({ status, name }) => {
    const store = await open();
    await claimLineage(store, { ...IDENTITY, cluster: 'orders' });
    s3().proxy.inject({ method: 'GET', withoutQuery: 'list-type' }, refuse(status, name), ALWAYS);
    const place = ['--store', store.url, '--cluster', 'orders'];
    const recover = ['recover', '--to', 'latest', '--data-dir', '/nowhere', ...place];
    for (const words of [recover, ['list', ...place], ['windows', ...place]]) {
      expect(failureOf(await runHere(words))).toMatchObject({
        code: 'STORE-DENIED',
        hasHint: true,
      });
    }
  });
});
