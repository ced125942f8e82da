import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { OpsError } from '../../errors/ops-error.ts';
import type { SecretValues } from '../../ports/secret-values.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The secrets of AWS Secrets Manager, in the version that is current. */
export function secretsManagerValues(
  client = new SecretsManagerClient(CLIENT_SETTINGS),
): SecretValues {
  return {
    read: async (secret, { signal } = {}) => {
      const { SecretString } = await awsCall(
        `secretsmanager:GetSecretValue of ${secret}`,
        async () =>
          client.send(new GetSecretValueCommand({ SecretId: secret }), { abortSignal: signal }),
        signal,
      );
      if (SecretString !== undefined) return SecretString;
      throw new OpsError('SECRET-MALFORMED', `the secret ${secret} has no text`, {
        hint: 'it holds bytes: write it again as text, in the form that the runbook gives',
      });
    },
  };
}
