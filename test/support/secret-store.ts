import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';

/** One secret as Secrets Manager keeps it, in the place of every client of this process. */
export interface SecretStore extends Disposable {
  /** Texts by the label that their version has. */
  text(stage: string): string | undefined;
  /** Begins a rotation: a version without a value that is to become current. */
  begin(version: string): void;
}

interface Version {
  readonly stages: Set<string>;
  text?: string | undefined;
}

/** A secret whose current version is `text`; moto moves the labels of its versions wrongly. */
export function mockSecretStore(text: string): SecretStore {
  const versions = new Map<string, Version>([['first', { stages: new Set(['AWSCURRENT']), text }]]);
  const client = mockClient(SecretsManagerClient);
  const find = (stage: string | undefined): Version | undefined =>
    [...versions.values()].find(({ stages }) => stages.has(stage ?? 'AWSCURRENT'));
  const move = (stage: string, id: string | undefined): void => {
    for (const { stages } of versions.values()) stages.delete(stage);
    versions.get(id ?? '')?.stages.add(stage);
  };
  client.on(DescribeSecretCommand).callsFake(() => ({
    RotationEnabled: true,
    VersionIdsToStages: Object.fromEntries(
      [...versions].map(([id, { stages }]) => [id, [...stages]]),
    ),
  }));
  client.on(GetSecretValueCommand).callsFake(({ VersionStage }: { VersionStage?: string }) => {
    const found = find(VersionStage)?.text;
    if (found !== undefined) return { SecretString: found };
    throw new ResourceNotFoundException({ message: 'no such version', $metadata: {} });
  });
  client
    .on(PutSecretValueCommand)
    .callsFake((input: { ClientRequestToken: string; SecretString: string }) => {
      const version = versions.get(input.ClientRequestToken);
      if (version !== undefined) version.text = input.SecretString;
      return {};
    });
  client
    .on(UpdateSecretVersionStageCommand)
    .callsFake((input: { MoveToVersionId: string; RemoveFromVersionId: string }) => {
      move('AWSCURRENT', input.MoveToVersionId);
      move('AWSPREVIOUS', input.RemoveFromVersionId);
      return {};
    });
  return {
    text: (stage) => find(stage)?.text,
    begin: (version) => {
      versions.set(version, { stages: new Set() });
      move('AWSPENDING', version);
    },
    [Symbol.dispose]: () => client.restore(),
  };
}
