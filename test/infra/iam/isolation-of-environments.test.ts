import { describe, expect, test } from 'vitest';
import { isLike } from '../../support/iam-conditions.ts';
import { environmentOf } from '../support/inputs.ts';
import { roleStatements, type Statement } from '../support/policies.ts';
import { synthesizeAnew } from '../support/synthesis.ts';

/** In one account and region: the same cluster twice, and another one. */
const ENVIRONMENTS = ['prod', 'staging'] as const;
const CLUSTERS = ['orders', 'billing'] as const;
const input = environmentOf({
  clusters: CLUSTERS.map((id) => ({ id, availabilityZone: 'eu-central-1a' })),
});
const statements = new Map(
  ENVIRONMENTS.map((name) => [name, roleStatements(synthesizeAnew(input, [], name))]),
);

/** What environments of an account share. */
const SHARED: readonly RegExp[] = [
  // Actions that know no resources: checklist.test.ts lists them.
  /^\*$/,
  // Told by the tag of environment and cluster.
  /:instance\/\*$/,
  // To read states: it cannot be asked for less.
  /:alarm:\*$/,
  // Images: no data.
  /:repository\/cdk-/,
  // One object, by its hash.
  /:s3:::cdk-.*-assets-/,
];

function statementsOf(name: (typeof ENVIRONMENTS)[number]): readonly Statement[] {
  return statements.get(name) ?? [];
}

function isOwn(resource: string): boolean {
  return !SHARED.some((shared) => shared.test(resource));
}

/** Less the marks of a reference, which in a policy would be those of a variable. */
function plain(resource: string): string {
  return resource.replaceAll(/[${}]/g, '');
}

describe.each([
  ['prod', 'staging'],
  ['staging', 'prod'],
] as const)('roles of %s', (name, other) => {
  test(`name nothing of ${other}`, () => {
    expect(statementsOf(name).length).toBeGreaterThan(100);
    const naming = statementsOf(name).filter((statement) =>
      new RegExp(`[-/:]${other}[-/.:]`).test(JSON.stringify(statement)),
    );
    expect(naming).toEqual([]);
  });

  test(`reach no resource that roles of ${other} reach, but what all share`, () => {
    const own = statementsOf(name)
      .flatMap(({ resources }) => resources)
      .filter(isOwn);
    const theirs = statementsOf(other)
      .flatMap(({ resources }) => resources)
      // A reference within a stack names something of that stack's alone.
      .filter((resource) => !resource.startsWith('${') || resource.includes('${holdfast-'));
    const reached = theirs.filter((resource) =>
      own.some((pattern) => isLike(plain(resource), plain(pattern))),
    );
    expect(theirs.length).toBeGreaterThan(40);
    expect(reached.filter(isOwn)).toEqual([]);
  });
});

describe.each(CLUSTERS)('every resource that a role of %s may reach', (cluster) => {
  test('names its environment and its cluster, or is its own stack’s', () => {
    const wide = statementsOf('prod')
      .filter(({ owner }) => owner.startsWith(`${cluster}-`))
      .flatMap(({ owner, actions, resources }) =>
        resources.map((resource) => ({ owner, actions, resource })),
      )
      .filter(
        ({ resource }) => isOwn(resource) && !/^\$\{(\w+(\.\w+)?|AWS::StackId)\}/.test(resource),
      )
      .filter(({ resource }) => !resource.includes('holdfast-prod-network'))
      .filter(({ resource }) => !new RegExp(`prod[-/]${cluster}\\b`).test(resource));
    expect(wide).toEqual([]);
  });

  test.each(['s3:PutObjectTagging', 's3:PutObjectRetention', 's3:PutObject', 's3:GetObject'])(
    '%s: lies in its own archive, below its own prefix',
    (action) => {
      const resources = statementsOf('prod')
        .filter(({ owner, actions }) => owner.startsWith(`${cluster}-`) && actions.includes(action))
        .flatMap((statement) => statement.resources)
        .filter(isOwn);
      expect(resources.length).toBeGreaterThan(0);
      const foreign = resources.filter(
        (resource) =>
          !resource.startsWith(`arn:aws:s3:::holdfast-prod-${cluster}-111111111111/${cluster}/`),
      );
      expect(foreign).toEqual([]);
    },
  );
});
