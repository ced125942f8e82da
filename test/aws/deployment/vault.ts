import {
  type Decision,
  evaluateAccess,
  type PolicyDocument,
  type Verdict,
} from '../../support/iam-evaluator.ts';
import { accessRequests, type S3Location, type S3Request } from './s3-access.ts';
import { type ResolvedStack, resourcesOf, type StackSet } from './stand-ins.ts';

/** Somebody, and what their own policies say. */
export interface Identity {
  readonly arn: string;
  readonly policies: readonly PolicyDocument[];
}

/** The archive of a cluster, with all policies that are about it. */
export interface Vault extends S3Location {
  readonly account: string;
  readonly bucketPolicy: PolicyDocument;
  readonly keyPolicy: PolicyDocument;
  /** All roles, by what their descriptions call them. */
  readonly roles: ReadonlyMap<string, Identity>;
}

/** The archive of the only cluster in `stacks`, which are those of `set`. */
export function vaultOf(
  { account, region }: Pick<StackSet, 'account' | 'region'>,
  stacks: readonly ResolvedStack[],
): Vault {
  const data = stacks.filter(({ id }) => id.endsWith('Data'));
  const [bucket] = resourcesOf(data, 'AWS::S3::Bucket');
  const [policy] = resourcesOf(data, 'AWS::S3::BucketPolicy');
  const [key] = resourcesOf(data, 'AWS::KMS::Key');
  if (bucket === undefined || policy === undefined || key === undefined) {
    throw new Error('the stacks have no vault');
  }
  return {
    account,
    region,
    bucketArn: bucket.arn,
    keyArn: key.arn,
    bucketPolicy: policy.properties['PolicyDocument'] as PolicyDocument,
    keyPolicy: key.properties['KeyPolicy'] as PolicyDocument,
    roles: rolesOf(stacks),
  };
}

/**
 * The role that is described so.
 *
 * @throws {@link Error} when there is none.
 */
export function roleCalled({ roles }: Vault, name: string): Identity {
  const role = roles.get(name);
  if (role === undefined) throw new Error(`no role is described as ${name}`);
  return role;
}

/** Somebody whose own policies allow everything. */
export function administrator({ account }: Vault, role = 'Administrator'): Identity {
  const all = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
  return { arn: `arn:aws:iam::${account}:role/${role}`, policies: [{ Statement: [all] }] };
}

/** What comes of a request: it takes all that S3 asks IAM about. */
export function decide(vault: Vault, { arn, policies }: Identity, request: S3Request): Verdict {
  const verdicts = accessRequests(request, vault).map((one) =>
    evaluateAccess(one, {
      principal: arn,
      identityPolicies: policies,
      resourcePolicies: [one.action.startsWith('kms:') ? vault.keyPolicy : vault.bucketPolicy],
    }),
  );
  const worst = (['denied', 'not allowed', 'allowed'] as const satisfies Decision[])
    .map((decision) => verdicts.filter((verdict) => verdict.decision === decision))
    .find((some) => some.length > 0);
  const [first] = worst ?? [];
  if (first === undefined) throw new Error('nothing was asked');
  return { decision: first.decision, by: (worst ?? []).flatMap(({ by }) => by) };
}

function rolesOf(stacks: readonly ResolvedStack[]): ReadonlyMap<string, Identity> {
  const policies = resourcesOf(stacks, 'AWS::IAM::Policy').map(({ properties }) => ({
    roles: properties['Roles'] as string[],
    document: properties['PolicyDocument'] as PolicyDocument,
  }));
  return new Map(
    resourcesOf(stacks, 'AWS::IAM::Role').map(({ name, arn, properties }) => {
      const inline = (properties['Policies'] ?? []) as { PolicyDocument: PolicyDocument }[];
      const attached = policies.filter(({ roles }) => roles.includes(name));
      const identity = {
        arn,
        policies: [
          ...inline.map(({ PolicyDocument }) => PolicyDocument),
          ...attached.map(({ document }) => document),
        ],
      };
      return [String(properties['Description']).replace(/^Holdfast: /, ''), identity];
    }),
  );
}
