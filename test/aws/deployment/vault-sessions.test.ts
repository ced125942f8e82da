import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeDeployed } from './describe-deployed.ts';
import { HOST, IF_ABSENT, KINDS, type Kind, OBJECTS, PROBE, RIGHTS } from './vault-fixture.ts';

type Credentials = NonNullable<S3ClientConfig['credentials']>;

/** Has the server check from now on what policies allow, or not any more. */
async function enforcePolicies(isOn: boolean): Promise<void> {
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
  const body = isOn ? '0' : 'inf';
  await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body });
}

/** A user who may do what a role may: its sessions take a service to begin. */
async function userLike(roleName: string): Promise<Credentials> {
  const iam = new IAMClient();
  const UserName = roleName.slice(0, 64);
  await iam.send(new CreateUserCommand({ UserName }));
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: roleName }));
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(
      new GetRolePolicyCommand({ RoleName: roleName, PolicyName }),
    );
    await iam.send(
      new PutUserPolicyCommand({
        UserName,
        PolicyName,
        PolicyDocument: decodeURIComponent(PolicyDocument),
      }),
    );
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  return { accessKeyId, secretAccessKey };
}

/** Whatever else the server says of a call: it was not refused. */
async function isAllowed(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    if (error.name === 'SignatureDoesNotMatch') throw error;
    return error.$metadata.httpStatusCode !== 403;
  }
}

/**
 * Actions and resources only, of the roles' own policies: the server knows no conditions but of one kind,
 * and would take each denial of the bucket's policy for unconditional.
 */
describeDeployed(
  'the roles of the vault, as the server’s own IAM sees them',
  (deployed) => {
    const users = new Map<string, S3Client>();
    let Bucket: string;
    beforeAll(async () => {
      Bucket = deployed().nameOf('AWS::S3::Bucket', 'VaultBucket');
      for (const { name, properties } of deployed().all('AWS::IAM::Role')) {
        const role = String(properties['Description']).replace(/^Holdfast: /, '');
        if (RIGHTS[role] === undefined) continue;
        const credentials = await userLike(name ?? '');
        users.set(role, new S3Client({ forcePathStyle: true, credentials, maxAttempts: 1 }));
      }
      await enforcePolicies(true);
    });
    afterAll(async () => enforcePolicies(false));

    const by = (role: string): S3Client => {
      const client = users.get(role);
      if (client === undefined) throw new Error(`there is no role that is ${role}`);
      return client;
    };

    describe.each(Object.entries(RIGHTS))('%s', (role, { creates, tags = [] }) => {
      test('creates its own objects, whole or in parts, and no others', async () => {
        const created: Kind[] = [];
        for (const kind of KINDS) {
          const target = { Bucket, Key: OBJECTS[kind] };
          const whole = new PutObjectCommand({
            ...target,
            IfNoneMatch: IF_ABSENT['if-none-match'],
            Body: role,
          });
          const isWhole = await isAllowed(async () => by(role).send(whole));
          const parts = new CreateMultipartUploadCommand(target);
          const isInParts = await isAllowed(async () => by(role).send(parts));
          expect([kind, isInParts]).toStrictEqual([kind, isWhole]);
          if (isWhole) created.push(kind);
        }
        expect(created).toStrictEqual(KINDS.filter((kind) => creates.includes(kind)));
      });

      test('neither deletes, nor tags another’s objects, nor reads another cluster’s', async () => {
        for (const kind of KINDS) {
          const Key = OBJECTS[kind];
          const target = { Bucket, Key };
          const Tagging = { TagSet: [{ Key: 'holdfast-expiry', Value: 'due' }] };
          const calls = [
            async () => by(role).send(new DeleteObjectCommand(target)),
            async () => by(role).send(new DeleteObjectCommand({ ...target, VersionId: 'v1' })),
            async () => by(role).send(new GetObjectCommand({ Bucket, Key: `billing/${Key}` })),
            async () =>
              by(role).send(new PutObjectCommand({ Bucket, Key: `billing/${Key}`, Body: 'x' })),
          ];
          for (const call of calls) expect(await isAllowed(call)).toBe(false);
          const tagging = new PutObjectTaggingCommand({ ...target, Tagging });
          const isTagged = await isAllowed(async () => by(role).send(tagging));
          // Histories lie among WAL; that they stay says the bucket's policy: vault-retention.test.ts.
          const asKind = kind === 'history' ? 'wal' : kind;
          expect([kind, isTagged]).toStrictEqual([kind, tags.includes(asKind)]);
        }
      });
    });

    test.each([HOST, PROBE])('%s reads what it is for, and lists its cluster', async (role) => {
      const calls = [
        async () => by(role).send(new HeadObjectCommand({ Bucket, Key: OBJECTS.writer })),
        async () => by(role).send(new GetObjectCommand({ Bucket, Key: OBJECTS.writer })),
        async () => by(role).send(new ListObjectsV2Command({ Bucket, Prefix: 'orders' })),
      ];
      for (const call of calls) expect(await isAllowed(call)).toBe(true);
    });
  },
  ['prod'],
);
