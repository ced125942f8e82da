import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { secretsManagerValues } from '../../../../lib/core/adapters/aws/secrets-manager-values.ts';

const client = mockClient(SecretsManagerClient);
const values = secretsManagerValues(new SecretsManagerClient({}));

beforeEach(() => client.reset());

describe('secretsManagerValues', () => {
  test('reads the current text of a secret', async () => {
    client.on(GetSecretValueCommand, { SecretId: 'slack' }).resolves({ SecretString: 'hook' });
    expect(await values.read('slack')).toBe('hook');
  });

  test('fails when a secret is not there, is denied, or is bytes', async () => {
    const absent = new ResourceNotFoundException({ message: 'gone', $metadata: {} });
    client
      .on(GetSecretValueCommand)
      .rejectsOnce(absent)
      .resolves({ SecretBinary: Buffer.from('') });
    await expect(values.read('slack')).rejects.toMatchObject({ code: 'AWS-ABSENT' });
    await expect(values.read('slack')).rejects.toMatchObject({ code: 'SECRET-MALFORMED' });
  });
});
