import type { z } from 'zod';
import { ENVIRONMENT_NAME } from '../../core/contract/deployed-names.ts';
import { bucketName, copyBucketName } from '../bucket-name.ts';
import { SynthError } from '../synth-error.ts';
import { Deployment, type DeploymentInput } from './deployment.ts';

/** An environment's name and what its file says, checked. */
export interface NamedDeployment {
  readonly name: string;
  readonly deployment: Deployment;
}

type Issue = z.core.$ZodIssue;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const MAX_BUCKET_NAME = 63;

/**
 * Checks all environments together and gives the one that is `wanted`: a fault in prod shows while dev
 * is deployed.
 *
 * @throws {@link SynthError} `CONFIG-DEPLOYMENT` with every fault of every environment; also when none
 *   was asked for, or one that is not there.
 */
export function parseDeployments(
  inputs: Readonly<Record<string, DeploymentInput>>,
  wanted: string | undefined,
): NamedDeployment {
  const names = Object.keys(inputs);
  const parsed = names.map((name) => ({ name, result: Deployment.safeParse(inputs[name]) }));
  const faults = [
    ...names
      .filter((name) => !ENVIRONMENT_NAME.test(name))
      .map(
        (name) => `${name}: is no name for an environment, 2 to 16 lower-case letters and digits`,
      ),
    ...parsed.flatMap(({ name, result }) =>
      (result.error?.issues ?? []).flatMap((issue) => describe(issue, [name])),
    ),
    ...parsed.flatMap(({ name, result }) =>
      result.data === undefined ? [] : longBucketNames({ name, deployment: result.data }),
    ),
  ];
  if (faults.length > 0) {
    throw refusal(
      `the environments have ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
      'correct them in bin/environments, then run it again: nothing was deployed',
    );
  }
  const found = parsed.find(({ name }) => name === wanted);
  if (found?.result.data === undefined) {
    throw refusal(
      wanted === undefined ? 'no environment was named' : `there is no environment ${wanted}`,
      `add -c env=<name>; there are ${names.join(', ')}`,
    );
  }
  return { name: found.name, deployment: found.result.data };
}

/** What no file can see by itself: the names of environment and cluster stand in the bucket's. */
function longBucketNames({ name, deployment }: NamedDeployment): readonly string[] {
  return deployment.clusters.flatMap((cluster, index) => {
    const owner = { environment: name, deployment, cluster };
    const bucket = cluster.copy === undefined ? bucketName(owner) : copyBucketName(owner);
    if (bucket.length <= MAX_BUCKET_NAME) return [];
    return [
      `${name}.clusters.${index}.id: with ${name} and ${cluster.id} the bucket ${bucket} has ${bucket.length} characters, ${MAX_BUCKET_NAME} are allowed`,
    ];
  });
}

/** One of several shapes: the faults of the shape that comes closest say most. */
function describe(issue: Issue, above: readonly PropertyKey[]): readonly string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const [closest] = issue.errors.toSorted((one, other) => one.length - other.length);
    if (closest !== undefined && closest.length > 0) {
      return closest.flatMap((inner) => describe(inner, path));
    }
  }
  return [`${path.map(String).join('.')}: ${issue.message}`];
}

function refusal(message: string, hint: string): SynthError {
  return new SynthError(undefined, 'CONFIG-DEPLOYMENT', message, hint);
}
