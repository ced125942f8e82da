import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { hash } from 'node:crypto';
import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { AuthoritySecrets } from '../../ports/authority-secrets.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Another text was put under the same token. */
const HAS_VALUE = 'ResourceExistsException';

/**
 * Secrets of AWS Secrets Manager, each version of which has one successor: the token of a put is made of the
 * version that it follows, and the service refuses another text under a token that it has seen.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export function secretsManagerAuthorities(
  client = new SecretsManagerClient(CLIENT_SETTINGS),
): AuthoritySecrets {
  return {
    read: async (SecretId, { signal } = {}) => {
      try {
        const { SecretString, VersionId } = await awsCall(
          `secretsmanager:GetSecretValue of ${SecretId}`,
          async () => client.send(new GetSecretValueCommand({ SecretId }), { abortSignal: signal }),
          signal,
        );
        if (SecretString !== undefined && VersionId !== undefined) {
          return { text: SecretString, version: VersionId };
        }
      } catch (error) {
        if (isOpsError(error, 'AWS-ABSENT')) return undefined;
        throw error;
      }
      throw new OpsError('SECRET-MALFORMED', `the secret ${SecretId} has no text`, {
        hint: 'it holds bytes: make its previous version current again',
      });
    },

    putAfter: async (SecretId, { text, after }, { signal } = {}) => {
      const ClientRequestToken = hash('sha256', `${SecretId} after ${after ?? 'nothing'}`);
      const put = new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: text });
      try {
        await awsCall(
          `secretsmanager:PutSecretValue of ${SecretId}`,
          async () => client.send(put, { abortSignal: signal }),
          signal,
        );
        return true;
      } catch (error) {
        if (isOpsError(error) && error.details['error'] === HAS_VALUE) return false;
        throw error;
      }
    },
  };
}
