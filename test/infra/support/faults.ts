import type { DeploymentInput } from '../../../lib/infra/deployment/deployment.ts';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { SynthError } from '../../../lib/infra/synth-error.ts';

/** What a refused file may hold: an operator's typing error has no type. */
export type Unchecked = { readonly [key: string]: unknown };

/** The refusal of `inputs`; fails when they are taken. */
export function refusalOf(
  inputs: Readonly<Record<string, Unchecked>>,
  wanted: string | undefined = Object.keys(inputs)[0],
): SynthError {
  try {
    parseDeployments(inputs as Record<string, DeploymentInput>, wanted);
  } catch (error) {
    if (error instanceof SynthError) return error;
    throw error;
  }
  throw new Error('was taken, though it should be refused');
}

/** The faults of one environment named `prod`, each as `path: message`. */
export function faultsOf(input: Unchecked): readonly string[] {
  return refusalOf({ prod: input })
    .message.split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim().replace(/^prod\./, ''));
}

/** The paths of those faults. */
export function faultyPathsOf(input: Unchecked): readonly string[] {
  return faultsOf(input).map((fault) => fault.slice(0, fault.indexOf(':')));
}
