import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  SecretsManagerServiceException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { secretsManagerVersions } from '../../../../lib/core/adapters/aws/secrets-manager-versions.ts';
import { Stage } from '../../../../lib/core/ports/secret-versions.ts';

const SECRET = 'backup';
const METADATA = { message: 'so it is', $metadata: {} };

const client = mockClient(SecretsManagerClient);
const versions = secretsManagerVersions(new SecretsManagerClient({}));

beforeEach(() => client.reset());

/** What the only call was given. */
function given(): unknown {
  expect(client.calls()).toHaveLength(1);
  return client.call(0).args[0].input;
}

function denied(): SecretsManagerServiceException {
  return new SecretsManagerServiceException({
    ...METADATA,
    name: 'AccessDeniedException',
    $fault: 'client',
  });
}

describe('secretsManagerVersions', () => {
  test('describes a secret by its labels', async () => {
    client.on(DescribeSecretCommand).resolves({
      RotationEnabled: true,
      VersionIdsToStages: { one: ['AWSCURRENT'], two: ['AWSPENDING'] },
    });
    expect(await versions.describe(SECRET)).toEqual({
      rotationEnabled: true,
      stages: new Map([
        ['one', ['AWSCURRENT']],
        ['two', ['AWSPENDING']],
      ]),
    });
  });

  test('takes a secret for not rotated that never was', async () => {
    client.on(DescribeSecretCommand).resolves({});
    expect(await versions.describe(SECRET)).toEqual({ rotationEnabled: false, stages: new Map() });
  });

  test('reads a version by its label and id', async () => {
    client.on(GetSecretValueCommand).resolves({ SecretString: '{}' });
    expect(await versions.read(SECRET, { stage: Stage.PENDING, version: 'two' })).toBe('{}');
    expect(given()).toEqual({ SecretId: SECRET, VersionStage: 'AWSPENDING', VersionId: 'two' });
  });

  test('gives nothing for a version that has no value yet', async () => {
    client.on(GetSecretValueCommand).rejects(new ResourceNotFoundException(METADATA));
    expect(await versions.read(SECRET, { stage: Stage.PREVIOUS })).toBeUndefined();
  });

  test('gives a version its value and the label pending', async () => {
    client.on(PutSecretValueCommand).resolves({});
    await versions.putPending(SECRET, 'two', '{}');
    expect(given()).toEqual({
      SecretId: SECRET,
      ClientRequestToken: 'two',
      SecretString: '{}',
      VersionStages: ['AWSPENDING'],
    });
  });

  test('keeps the value that another run was faster to give', async () => {
    client.on(PutSecretValueCommand).rejects(new ResourceExistsException(METADATA));
    await expect(versions.putPending(SECRET, 'two', '{}')).resolves.toBeUndefined();
  });

  test('moves the label current from one version to the other', async () => {
    client.on(UpdateSecretVersionStageCommand).resolves({});
    await versions.makeCurrent(SECRET, { version: 'two', from: 'one' });
    expect(given()).toEqual({
      SecretId: SECRET,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: 'two',
      RemoveFromVersionId: 'one',
    });
  });

  test('says who denies what', async () => {
    client.onAnyCommand().rejects(denied());
    const calls = [
      versions.describe(SECRET),
      versions.read(SECRET, { stage: Stage.CURRENT }),
      versions.putPending(SECRET, 'two', '{}'),
      versions.makeCurrent(SECRET, { version: 'two', from: 'one' }),
    ];
    for (const { status, ...rest } of await Promise.allSettled(calls)) {
      expect(status).toBe('rejected');
      expect(rest).toMatchObject({ reason: { code: 'AWS-DENIED' } });
    }
  });
});
