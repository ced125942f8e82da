import { describe, expect, test } from 'vitest';
import { isLike } from '../../support/iam-conditions.ts';
import { roleStatements, type Statement } from '../support/policies.ts';
import { entriesOf, textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';
import { environmentOf } from '../support/inputs.ts';

const CLUSTERS = ['orders', 'billing'] as const;
const synthesis = synthesize(
  environmentOf({
    clusters: CLUSTERS.map((id) => ({
      id,
      availabilityZone: 'eu-central-1a',
      copy: { region: 'eu-west-1' },
    })),
  }),
);
const statements = roleStatements(synthesis);

/** What clusters of an account share. */
const SHARED: readonly RegExp[] = [
  // Actions that know no resources: checklist.test.ts lists them.
  /^\*$/,
  // Told by the tag of the cluster.
  /:instance\/\*$/,
  // To read states: it cannot be asked for less.
  /:alarm:\*$/,
  // Images: no data.
  /:repository\/cdk-/,
  // One object, by its hash.
  /:s3:::cdk-.*-assets-/,
  // One record, by its name.
  /hostedzone\/.*holdfast-prod-network/,
];

function statementsOf(cluster: string): readonly Statement[] {
  return statements.filter(({ owner }) => owner.startsWith(`${cluster}-`));
}

describe.each([
  ['orders', 'billing'],
  ['billing', 'orders'],
])('roles of %s', (cluster, other) => {
  test(`name nothing of ${other}`, () => {
    const naming = statementsOf(cluster).filter((statement) =>
      JSON.stringify(statement).includes(other),
    );
    expect(naming).toEqual([]);
  });

  test(`reach no resource that roles of ${other} reach, but what all share`, () => {
    const own = statementsOf(cluster)
      .flatMap(({ resources }) => resources)
      .filter((resource) => !SHARED.some((shared) => shared.test(resource)));
    const theirs = statementsOf(other)
      .flatMap(({ resources }) => resources)
      // A reference within a stack names something of that stack's alone.
      .filter((resource) => !resource.startsWith('${'));
    const reached = theirs.filter((resource) =>
      own.some((pattern) => isLike(plain(resource), plain(pattern))),
    );
    expect(theirs.length).toBeGreaterThan(20);
    expect(reached).toEqual([]);
  });

  test(`use another bucket, key, volume, secrets and machine than ${other}'s`, () => {
    const references = statementsOf(cluster)
      .flatMap(({ resources }) => resources)
      .filter((resource) => resource.includes('${holdfast-'));
    expect(references.length).toBeGreaterThan(10);
    expect(
      references.filter(
        (reference) => !/\$\{holdfast-prod-(network|orders-\w+|billing-\w+):/.test(reference),
      ),
    ).toEqual([]);
    expect(references.filter((reference) => reference.includes(`-${other}-`))).toEqual([]);
  });
});

describe('what copies an archive to another region', () => {
  const BUCKET = /^arn:aws:s3:::holdfast-prod-(\w+)-111111111111(-copy)?(\/\*)?$/;

  test.each(CLUSTERS)(
    'is of %s, and reaches its archive, its copy and the keys of both',
    (cluster) => {
      const copying = statements.filter(({ owner }) => owner === `${cluster}-Data/Copy/Role`);
      const reached = copying.flatMap(({ resources }) => resources);
      const buckets = reached.flatMap((resource) => BUCKET.exec(resource)?.[1] ?? []);
      expect(buckets).toEqual([cluster, cluster, cluster]);
      const keys = reached.filter((resource) => !BUCKET.test(resource));
      expect(keys).toEqual([
        expect.stringMatching(/^\$\{Key\w+\.Arn\}$/),
        expect.stringMatching(new RegExp(`^\\$\\{holdfast-prod-${cluster}-copy:\\w+\\}$`)),
      ]);
    },
  );

  test.each(CLUSTERS)('is let in by the copy of %s alone', (cluster) => {
    const policies = synthesis
      .resources('AWS::S3::BucketPolicy')
      .filter(({ properties }) =>
        JSON.stringify(properties).includes(`holdfast-prod-${cluster}-copy"`),
      );
    expect(policies.map(({ stack }) => stack)).toEqual([`${cluster}-Copy`]);
  });
});

/** Less the marks of a reference, which in a policy would be those of a variable. */
function plain(resource: string): string {
  return resource.replaceAll(/[${}]/g, '');
}

describe('stacks of one cluster', () => {
  test.each(CLUSTERS)('of %s refer to the network and to each other only', (cluster) => {
    const others = CLUSTERS.filter((id) => id !== cluster);
    const referring = synthesis
      .resources()
      .filter(({ stack }) => stack.startsWith(`${cluster}-`))
      .filter(({ properties }) =>
        [...entriesOf(properties)].some(
          ([key, value]) =>
            key === 'Fn::GetStackOutput' && others.some((id) => textOf(value).includes(`-${id}-`)),
        ),
      );
    expect(referring.map(({ path }) => path)).toEqual([]);
  });

  test('have names of their own for all that has a name', () => {
    const named = synthesis
      .resources()
      .flatMap(({ type, properties }) =>
        ['Name', 'AlarmName', 'BucketName', 'ClusterName', 'DashboardName', 'AliasName', 'Family']
          .map((key) => properties[key])
          .filter((name) => typeof name === 'string')
          .map((name) => `${type} ${name}`),
      )
      .filter((name) => !name.startsWith('AWS::EC2::'));
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
  });
});
