import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SecretAges } from '../../ports/secret-ages.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

const DAY_MS = 86_400_000;

/**
 * Ages of AWS Secrets Manager's secrets. The date of the next rotation stays where it is when a rotation fails, and
 * so comes to lie in the past; where the service gives none, the rule's days count from the last.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
 */
export function secretsManagerAges(client = new SecretsManagerClient(CLIENT_SETTINGS)): SecretAges {
  return {
    ageOf: async (SecretId, { signal } = {}) => {
      const secret = await awsCall(
        `secretsmanager:DescribeSecret of ${SecretId}`,
        async () => client.send(new DescribeSecretCommand({ SecretId }), { abortSignal: signal }),
        signal,
      );
      const { RotationEnabled, RotationRules, NextRotationDate } = secret;
      const rotatedAt = secret.LastRotatedDate ?? secret.CreatedDate ?? new Date(0);
      const days = RotationRules?.AutomaticallyAfterDays;
      const byRule = days === undefined ? undefined : new Date(rotatedAt.getTime() + days * DAY_MS);
      return {
        name: secret.Name ?? SecretId,
        isRotated: RotationEnabled === true,
        rotatedAt,
        dueAt: NextRotationDate ?? byRule,
      };
    },
  };
}
