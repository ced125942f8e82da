import { describe, expect, test } from 'vitest';
import { clusterOf } from '../support/inputs.ts';
import { resourceStatements, roleStatements, type Statement } from '../support/policies.ts';
import { objectOf, objectsOf, type Resource, textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';

const COPY = { region: 'eu-west-1', retention: { days: 21, undeleteDays: 14 } };
const ARCHIVE_BUCKET = 'arn:aws:s3:::holdfast-prod-orders-111111111111';
const COPY_BUCKET = `${ARCHIVE_BUCKET}-copy`;
const ROLE = 'arn:aws:iam::111111111111:role/holdfast-prod-orders-copy';
const STACKS = ['orders-Copy', 'orders-CopyWatch'];

const synthesis = synthesize(clusterOf({ copy: COPY }));

function at(path: string): Resource {
  const found = synthesis.resources().find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}

function policyOf(stack: string): readonly Statement[] {
  return resourceStatements(at(`${stack}/Vault/Bucket/Policy`));
}

function rule(): ReturnType<typeof objectOf> {
  const { ReplicationConfiguration } = at('orders-Data/Vault/Bucket').properties;
  const [only = {}, ...more] = objectsOf(objectOf(ReplicationConfiguration)['Rules']);
  expect(more).toEqual([]);
  return only;
}

describe('the copy of an archive', () => {
  test('is there only where a file asks for it', () => {
    const without = synthesize();
    expect(without.stacks.filter((id) => STACKS.includes(id))).toEqual([]);
    expect(JSON.stringify(without.template('orders-Data'))).not.toContain(
      'ReplicationConfiguration":',
    );
    expect(STACKS.filter((id) => !synthesis.stacks.includes(id))).toEqual([]);
  });

  test('lies in its own region, and is deployed before what copies to it', () => {
    const regionOf = (id: string): unknown =>
      synthesis.assembly.stacks.find((stack) => stack.id === id)?.environment.region;
    expect(STACKS.map(regionOf)).toEqual(['eu-west-1', 'eu-west-1']);
    expect(regionOf('orders-Data')).toBe('eu-central-1');
    const [copy, data] = ['orders-Copy', 'orders-Data'].map((id) => synthesis.stacks.indexOf(id));
    expect(copy).toBeLessThan(data ?? -1);
  });

  test('outlives its stack, and refers to nothing that is lost with the archive', () => {
    for (const path of ['orders-Copy/Key', 'orders-Copy/Vault/Bucket']) {
      expect(at(path).whole).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
    }
    for (const stack of STACKS) {
      const text = JSON.stringify(synthesis.template(stack).toJSON());
      const named = [...text.matchAll(/"StackName":"([^"]+)"/g)].map(([, name]) => name);
      expect(named.filter((name) => name !== 'holdfast-prod-orders-copy')).toEqual([]);
      expect(text.match(/eu-central-1/g) ?? []).toEqual([]);
    }
  });

  test('has its own lock and time to undelete, and keeps what the copy is to keep', () => {
    const { properties } = at('orders-Copy/Vault/Bucket');
    expect(properties).toMatchObject({
      BucketName: 'holdfast-prod-orders-111111111111-copy',
      ObjectLockEnabled: true,
      // 21 days, one between two backups, a week of grace.
      ObjectLockConfiguration: {
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 29 } },
      },
    });
    expect(objectsOf(objectOf(properties['LifecycleConfiguration'])['Rules'])).toContainEqual({
      Id: 'RemoveHiddenVersions',
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: 14 },
      ExpiredObjectDeleteMarker: true,
    });
  });
});

describe('what is copied', () => {
  test('is every object, however it is encrypted, and no tag and no delete marker', () => {
    expect(rule()).toMatchObject({
      Id: 'CopyTheArchive',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      DeleteMarkerReplication: { Status: 'Disabled' },
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
    });
  });

  test('opens with the copy’s own key alone: that of the archive may be lost', () => {
    const destination = objectOf(rule()['Destination']);
    expect(destination['Bucket']).toBe(COPY_BUCKET);
    const key = objectOf(destination['EncryptionConfiguration'])['ReplicaKmsKeyID'];
    expect(key).toEqual({
      'Fn::GetStackOutput': {
        StackName: 'holdfast-prod-orders-copy',
        Region: 'eu-west-1',
        OutputName: expect.stringMatching(/^PublishOutputFnGetAttKey\w+Arn/),
      },
    });
    expect(at('orders-Copy/Key').properties['MultiRegion']).toBeUndefined();
    const encryption = at('orders-Copy/Vault/Bucket').properties['BucketEncryption'];
    expect(JSON.stringify(encryption)).toContain('{"Fn::GetAtt":["Key961B73FD","Arn"]}');
  });

  test('comes within a quarter of an hour, as S3 promises, and is measured', () => {
    const time = { Status: 'Enabled', Time: { Minutes: 15 } };
    expect(objectOf(rule()['Destination'])).toMatchObject({
      ReplicationTime: time,
      Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
    });
  });
});

describe('the role that copies', () => {
  const statements = roleStatements(synthesis).filter(
    ({ owner }) => owner === 'orders-Data/Copy/Role',
  );

  test('may do exactly this', () => {
    const rights = statements.map(({ actions, resources, condition }) => ({
      actions,
      resources: resources.map((one) =>
        one.replace(/\{holdfast-prod-orders-copy:\w+\}/, '{copy’s key}'),
      ),
      through: objectOf(condition['StringEquals'])['kms:ViaService'],
      of: objectOf(condition['StringLike'])['kms:EncryptionContext:aws:s3:arn'],
    }));
    expect(rights).toEqual([
      {
        actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
        resources: [ARCHIVE_BUCKET],
      },
      {
        actions: [
          's3:GetObjectLegalHold',
          's3:GetObjectRetention',
          's3:GetObjectVersionAcl',
          's3:GetObjectVersionForReplication',
        ],
        resources: [`${ARCHIVE_BUCKET}/*`],
      },
      { actions: ['s3:ReplicateObject'], resources: [`${COPY_BUCKET}/*`] },
      {
        actions: ['kms:Decrypt'],
        resources: ['${Key961B73FD.Arn}'],
        through: 's3.eu-central-1.amazonaws.com',
        of: [ARCHIVE_BUCKET, `${ARCHIVE_BUCKET}/*`],
      },
      {
        actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'],
        resources: ['${copy’s key}'],
        through: 's3.eu-west-1.amazonaws.com',
        of: [COPY_BUCKET, `${COPY_BUCKET}/*`],
      },
    ]);
  });

  test('is assumed by S3 alone, and bears the name that the copy’s policy has', () => {
    const { properties } = at('orders-Data/Copy/Role');
    expect(properties['RoleName']).toBe('holdfast-prod-orders-copy');
    expect(textOf(properties['AssumeRolePolicyDocument']).match(/[\w.]+\.amazonaws\.com/g)).toEqual(
      ['s3.amazonaws.com'],
    );
  });

  test('is the only one that puts objects of another bucket in, and into the copy alone', () => {
    const replicating = (stack: string): readonly unknown[] =>
      policyOf(stack)
        .filter(({ actions }) => actions.some((action) => action.startsWith('s3:Replicate')))
        .map(({ effect, actions, condition }) => [effect, actions, condition]);
    const neither = ['Deny', ['s3:ReplicateDelete', 's3:ReplicateTags'], {}];
    expect(replicating('orders-Data')).toEqual([['Deny', ['s3:ReplicateObject'], {}], neither]);
    const [objects, markers] = replicating('orders-Copy') as readonly unknown[][];
    expect(objects?.slice(0, 2)).toEqual(['Deny', ['s3:ReplicateObject']]);
    const excepted = objectOf(objectOf(objects?.[2] as never)['ArnNotEquals']);
    expect(textOf(excepted['aws:PrincipalArn'])).toBe(ROLE);
    expect(markers).toEqual(neither);
  });
});
