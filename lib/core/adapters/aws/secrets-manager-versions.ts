import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { isOpsError } from '../../errors/ops-error.ts';
import { type SecretVersions, Stage } from '../../ports/secret-versions.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Secrets Manager refuses to change the value of a version. */
const HAS_VALUE = 'ResourceExistsException';

/** The versions of AWS Secrets Manager's secrets. */
export function secretsManagerVersions(
  client = new SecretsManagerClient(CLIENT_SETTINGS),
): SecretVersions {
  return {
    describe: async (SecretId, { signal } = {}) => {
      const { RotationEnabled, VersionIdsToStages = {} } = await awsCall(
        `secretsmanager:DescribeSecret of ${SecretId}`,
        async () => client.send(new DescribeSecretCommand({ SecretId }), { abortSignal: signal }),
        signal,
      );
      return {
        rotationEnabled: RotationEnabled === true,
        stages: new Map(Object.entries(VersionIdsToStages)),
      };
    },

    read: async (SecretId, { stage, version }, { signal } = {}) => {
      const wanted = { SecretId, VersionStage: stage, VersionId: version };
      try {
        const { SecretString } = await awsCall(
          `secretsmanager:GetSecretValue of ${SecretId}`,
          async () => client.send(new GetSecretValueCommand(wanted), { abortSignal: signal }),
          signal,
        );
        return SecretString;
      } catch (error) {
        if (isOpsError(error, 'AWS-ABSENT')) return undefined;
        throw error;
      }
    },

    putPending: async (SecretId, version, SecretString, { signal } = {}) => {
      const value = { SecretId, ClientRequestToken: version, SecretString };
      const command = new PutSecretValueCommand({ ...value, VersionStages: [Stage.PENDING] });
      try {
        await awsCall(
          `secretsmanager:PutSecretValue of ${SecretId}`,
          async () => client.send(command, { abortSignal: signal }),
          signal,
        );
      } catch (error) {
        if (!isOpsError(error) || error.details['error'] !== HAS_VALUE) throw error;
      }
    },

    makeCurrent: async (SecretId, { version, from }, { signal } = {}) => {
      const move = { SecretId, MoveToVersionId: version, RemoveFromVersionId: from };
      const command = new UpdateSecretVersionStageCommand({ ...move, VersionStage: Stage.CURRENT });
      await awsCall(
        `secretsmanager:UpdateSecretVersionStage of ${SecretId}`,
        async () => client.send(command, { abortSignal: signal }),
        signal,
      );
    },
  };
}
