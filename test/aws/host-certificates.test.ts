import { randomBytes } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { beforeEach, expect, test } from 'vitest';
import { readRootCertificates } from '../../lib/core/adapters/aws/root-certificates.ts';
import { secretsManagerAuthorities } from '../../lib/core/adapters/aws/secrets-manager-authorities.ts';
import { ssmPublishedTexts } from '../../lib/core/adapters/aws/ssm-published-texts.ts';
import { certificateFiles } from '../../lib/core/adapters/host/certificate-files.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import {
  type CertificateDeps,
  type CertificateReport,
  convergeCertificates,
} from '../../lib/core/host/certificates/converge-certificates.ts';
import { temporaryFolder } from '../support/folders.ts';
import { describeAws } from './control-plane.ts';

const NAMES = ['orders.prod.holdfast.internal', 'holdfast-postgres'];

describeAws('certificates of a host', () => {
  let authoritySecret: string;
  let caParameter: string;
  beforeEach(async () => {
    const name = `t${randomBytes(6).toString('hex')}`;
    // As CloudFormation makes it: with no value at all.
    const { ARN = '' } = await new SecretsManagerClient().send(
      new CreateSecretCommand({ Name: name }),
    );
    authoritySecret = ARN;
    caParameter = `/holdfast/prod/${name}/ca`;
  });

  async function converge(
    directory: string,
    changes: Partial<CertificateDeps> = {},
  ): Promise<CertificateReport> {
    const request = { names: NAMES, authoritySecret, caParameter, directory };
    const deps = {
      secrets: secretsManagerAuthorities(),
      parameters: ssmPublishedTexts(),
      files: certificateFiles,
      clock: systemClock,
    };
    return convergeCertificates(request, { ...deps, ...changes });
  }

  test('begin with an empty secret; other hosts then use what is there', async () => {
    const [first, second] = [await temporaryFolder(), await temporaryFolder()];
    expect(await converge(first)).toMatchObject({ outcome: 'renewed' });
    expect((await converge(first)).outcome).toBe('kept');
    const parameter = await new SSMClient().send(new GetParameterCommand({ Name: caParameter }));
    expect(parameter.Parameter).toMatchObject({ Type: 'String', Version: 1 });

    expect(await converge(second)).toMatchObject({ outcome: 'renewed' });
    const again = await new SSMClient().send(new GetParameterCommand({ Name: caParameter }));
    expect(again.Parameter).toMatchObject({ Version: 1 });
    const { roots } = await certificateFiles.read(second);
    expect((await certificateFiles.read(first)).roots).toBe(roots);
    expect((await readRootCertificates(caParameter)).trim()).toBe(roots?.trim());
  });

  test('are made by one authority when two hosts begin at the same time', async () => {
    const hosts = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
    const reports = await Promise.all(hosts.map(async (directory) => converge(directory)));
    expect(reports.map(({ outcome }) => outcome)).toEqual(hosts.map(() => 'renewed'));
    const { VersionIdsToStages = {} } = await new SecretsManagerClient().send(
      new DescribeSecretCommand({ SecretId: authoritySecret }),
    );
    expect(Object.keys(VersionIdsToStages)).toHaveLength(1);
    const roots = await Promise.all(
      hosts.map(async (directory) => (await certificateFiles.read(directory)).roots),
    );
    expect(new Set(roots).size).toBe(1);
  });

  test('leave a secret alone that another host has written since it was read', async () => {
    const secrets = secretsManagerAuthorities();
    expect(await secrets.read(authoritySecret)).toBeUndefined();
    expect(await secrets.putAfter(authoritySecret, { text: 'first', after: undefined })).toBe(true);
    // The same again is the repetition of a call that was answered too late.
    expect(await secrets.putAfter(authoritySecret, { text: 'first', after: undefined })).toBe(true);
    expect(await secrets.putAfter(authoritySecret, { text: 'other', after: undefined })).toBe(
      false,
    );
    const first = await secrets.read(authoritySecret);
    expect(first?.text).toBe('first');
    const after = first?.version;
    expect(await secrets.putAfter(authoritySecret, { text: 'second', after })).toBe(true);
    expect(await secrets.putAfter(authoritySecret, { text: 'another', after })).toBe(false);
    expect((await secrets.read(authoritySecret))?.text).toBe('second');
  });

  test('leave a secret alone that they cannot read', async () => {
    const client = new SecretsManagerClient();
    const garbled = '{"username":"postgres"}';
    await client.send(
      new PutSecretValueCommand({ SecretId: authoritySecret, SecretString: garbled }),
    );
    await expect(converge(await temporaryFolder())).rejects.toMatchObject({
      code: 'HOST-CERTIFICATE',
    });
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: authoritySecret }),
    );
    expect(SecretString).toBe(garbled);
  });

  test('fail when the secret holds bytes, or when there is no secret at all', async () => {
    const client = new SecretsManagerClient();
    const SecretBinary = new Uint8Array([1, 2, 3]);
    await client.send(new PutSecretValueCommand({ SecretId: authoritySecret, SecretBinary }));
    await expect(converge(await temporaryFolder())).rejects.toMatchObject({
      code: 'SECRET-MALFORMED',
    });
    authoritySecret = 'gone';
    await expect(converge(await temporaryFolder())).rejects.toMatchObject({ code: 'AWS-ABSENT' });
  });

  test('put right a list that somebody has changed', async () => {
    const directory = await temporaryFolder();
    await converge(directory);
    const { roots } = await certificateFiles.read(directory);
    await new SSMClient().send(
      new PutParameterCommand({ Name: caParameter, Value: 'nothing', Overwrite: true }),
    );
    expect(await converge(directory)).toMatchObject({ outcome: 'kept' });
    expect((await ssmPublishedTexts().read(caParameter))?.text).toBe(roots);
  });

  test('are kept while Secrets Manager cannot be reached', async () => {
    const directory = await temporaryFolder();
    const { expiresAt } = await converge(directory);
    const nowhere = new SecretsManagerClient({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    const secrets = secretsManagerAuthorities(nowhere);
    expect(await converge(directory, { secrets })).toMatchObject({
      outcome: 'kept',
      expiresAt,
      warning: { code: 'AWS-FAILED' },
    });
    const empty = await temporaryFolder();
    await expect(converge(empty, { secrets })).rejects.toMatchObject({ code: 'AWS-FAILED' });
  });
});
