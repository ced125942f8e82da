import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template as CdkTemplate } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import prod from '../../../bin/environments/prod.ts';
import { clusterScope } from '../../../lib/infra/cluster-scope.ts';
import { Deployment } from '../../../lib/infra/deployment/deployment.ts';
import { DataStack } from '../../../lib/infra/stacks/data-stack.ts';
import { evaluateAccess } from '../../support/iam-evaluator.ts';
import type { Template } from './assembly.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';
import type { S3Request } from './s3-access.ts';
import { resolveStacks } from './stand-ins.ts';
import { OBJECTS, synthesizedVault } from './vault-fixture.ts';
import { administrator, decide, type Identity, type Vault, vaultOf } from './vault.ts';

const BREAK_GLASS = 'BreakGlass';

let vault: Vault;
let openable: Vault;
let anybody: Identity;
beforeAll(async () => {
  vault = await synthesizedVault();
  openable = vaultWithBreakGlass();
  anybody = administrator(vault);
}, SHARED_WORK_MS);

/** The vault of prod as it is when its file names a role that may delete. */
function vaultWithBreakGlass(): Vault {
  const breakGlassRoleArn = `arn:aws:iam::${prod.account}:role/${BREAK_GLASS}`;
  const clusters = prod.clusters.map((cluster) => ({ ...cluster, breakGlassRoleArn }));
  const deployment = Deployment.parse({ ...prod, clusters });
  const [cluster] = deployment.clusters;
  if (cluster === undefined) throw new Error('prod has no cluster');
  const outdir = join(inject('runFolder'), 'break-glass');
  const app = new App({ outdir, builtinCloudFormationValidation: false });
  const stack = new DataStack(app, 'Data', clusterScope('prod', deployment, cluster));
  const template = CdkTemplate.fromStack(stack).toJSON() as Template;
  const set = { ...deployment, stacks: [{ id: 'Data', name: stack.stackName, template }] };
  return vaultOf(set, resolveStacks(set));
}

type Ruling = readonly [S3Request, string];

/** The same rows, each with what becomes of it: `allowed`, or the statements that deny. */
function ruled(rows: readonly Ruling[], who: Identity = anybody): readonly Ruling[] {
  return rows.map(([request]) => {
    const { decision, by } = decide(vault, who, request);
    return [request, decision === 'denied' ? by.join() : decision];
  });
}

describe('nobody', () => {
  const key = OBJECTS.wal;
  const removals: readonly S3Request[] = [
    { method: 'DELETE', key },
    { method: 'DELETE', key, query: { versionId: 'v1' } },
    { method: 'DELETE', query: { policy: '' } },
  ];
  const rules: readonly S3Request[] = [
    { method: 'PUT', query: { lifecycle: '' } },
    { method: 'PUT', query: { versioning: '' } },
    { method: 'PUT', query: { 'object-lock': '' } },
    { method: 'PUT', query: { policy: '' } },
  ];
  const otherKey: S3Request = { method: 'PUT', key, query: { encryption: '' } };
  const guarded: readonly Ruling[] = [
    ...removals.map((request): Ruling => [request, 'NobodyDeletes']),
    ...rules.map((request): Ruling => [request, 'OnlyDeploymentsChangeTheRules']),
    [otherKey, 'NobodyChangesKeys'],
  ];

  test('deletes, ends what protects, or changes keys: not even who may do anything', () => {
    const root = { ...anybody, arn: `arn:aws:iam::${vault.account}:root` };
    for (const who of [anybody, root, administrator(vault, BREAK_GLASS)]) {
      expect(ruled(guarded, who)).toStrictEqual(guarded);
    }
  });

  test.each([
    ['s3:ReplicateObject', 'NobodyReplicatesToHere'],
    ['s3:ReplicateDelete', 'NobodyReplicatesExpiryToHere'],
    ['s3:ReplicateTags', 'NobodyReplicatesExpiryToHere'],
  ])('gets around conditions by %s', (action, sid) => {
    const { arn, policies } = anybody;
    const request = { action, resource: `${vault.bucketArn}/${key}` };
    const resourcePolicies = [vault.bucketPolicy];
    expect(
      evaluateAccess(request, { principal: arn, identityPolicies: policies, resourcePolicies }),
    ).toStrictEqual({ decision: 'denied', by: [sid] });
  });

  test('changes the bucket’s rules, but a deployment, which deletes nothing either', () => {
    const { account, region } = vault;
    const name = `cdk-hnb659fds-cfn-exec-role-${account}-${region}`;
    const rows = guarded.map(([request, ruling]): Ruling => [
      request,
      rules.includes(request) ? 'allowed' : ruling,
    ]);
    expect(ruled(rows, administrator(vault, name))).toStrictEqual(rows);
  });

  test('does any of it, but the one role that an environment’s file may name', () => {
    const decisions = (role: string): ReadonlySet<string> => {
      const who = administrator(openable, role);
      return new Set(guarded.map(([request]) => decide(openable, who, request).decision));
    };
    expect(decisions(BREAK_GLASS)).toStrictEqual(new Set(['allowed']));
    expect(decisions('Administrator')).toStrictEqual(new Set(['denied']));
  });

  test.each([
    'kms:ScheduleKeyDeletion',
    'kms:DisableKey',
    'kms:DeleteImportedKeyMaterial',
    'kms:PutKeyPolicy',
  ])('ends the key by %s, or takes the right to, but that role', (action) => {
    const ruling = (where: Vault, role: string): string => {
      const { arn, policies } = administrator(where, role);
      return evaluateAccess(
        { action, resource: where.keyArn },
        { principal: arn, identityPolicies: policies, resourcePolicies: [where.keyPolicy] },
      ).decision;
    };
    expect(ruling(vault, 'Administrator')).toBe('denied');
    expect(ruling(vault, BREAK_GLASS)).toBe('denied');
    expect(ruling(openable, 'Administrator')).toBe('denied');
    expect(ruling(openable, BREAK_GLASS)).toBe('allowed');
  });

  test('changes who may use the key, but deployments, and the root user in the end', () => {
    const ruling = (principal: string, action: string): string =>
      evaluateAccess(
        { action, resource: vault.keyArn },
        { principal, identityPolicies: anybody.policies, resourcePolicies: [vault.keyPolicy] },
      ).decision;
    const { account, region } = vault;
    const deployment = `arn:aws:iam::${account}:role/cdk-hnb659fds-cfn-exec-role-${account}-${region}`;
    const root = `arn:aws:iam::${account}:root`;
    for (const one of [deployment, root]) {
      expect(ruling(one, 'kms:PutKeyPolicy')).toBe('allowed');
      expect(ruling(one, 'kms:ScheduleKeyDeletion')).toBe('denied');
    }
    expect(ruling(anybody.arn, 'kms:PutKeyPolicy')).toBe('denied');
  });
});
