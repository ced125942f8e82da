import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { startMotoServer } from '../support/moto-server.ts';

/** What the stacks would have made for a cluster, in an account of its own. */
export interface AwsAccount extends AsyncDisposable {
  readonly port: number;
  readonly store: string;
  readonly kmsKey: string;
  readonly roleSecrets: Readonly<Record<string, string>>;
  readonly authoritySecret: string;
  /** Keys of all objects in the archive. */
  keys(): Promise<readonly string[]>;
  /** Certificates that a host has published. */
  roots(): Promise<string>;
}

export const REGION = 'eu-central-1';
export const CREDENTIALS = { accessKeyId: 'testing', secretAccessKey: 'testing' };
/** Where hosts publish their certificates. */
export const CA_PARAMETER = '/holdfast/test/orders/ca';
const BUCKET = 'holdfast-test-orders';
const ROLES = ['holdfast_backup', 'holdfast_monitor'];

/** An account with bucket, key and secrets, and nothing in them. */
export async function makeAwsAccount(password: string): Promise<AwsAccount> {
  const moto = await startMotoServer();
  const settings = { endpoint: moto.endpoint, region: REGION, credentials: CREDENTIALS };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const ssm = new SSMClient(settings);
  const secrets = new SecretsManagerClient(settings);
  const secret = async (name: string, text?: string): Promise<string> => {
    const { ARN = '' } = await secrets.send(
      new CreateSecretCommand({ Name: name, SecretString: text }),
    );
    return ARN;
  };
  await s3.send(
    new CreateBucketCommand({
      Bucket: BUCKET,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    }),
  );
  const { KeyMetadata } = await new KMSClient(settings).send(new CreateKeyCommand({}));
  const roleSecrets = await Promise.all(
    ROLES.map(async (username) => [
      username,
      await secret(username, JSON.stringify({ username, password })),
    ]),
  );
  return {
    port: Number(new URL(moto.endpoint).port),
    store: `s3://${BUCKET}`,
    kmsKey: KeyMetadata?.Arn ?? '',
    roleSecrets: Object.fromEntries(roleSecrets),
    authoritySecret: await secret('authority'),
    keys: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      return Contents.map(({ Key = '' }) => Key);
    },
    roots: async () => {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: CA_PARAMETER }));
      return Parameter?.Value ?? '';
    },
    [Symbol.asyncDispose]: async () => moto[Symbol.asyncDispose](),
  };
}
