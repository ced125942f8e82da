import { mkdtempSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { inject } from 'vitest';
import type { DeploymentInput } from '../../../lib/infra/deployment/deployment.ts';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { addEnvironment } from '../../../lib/infra/holdfast-app.ts';
import { MINIMAL } from './inputs.ts';
import { type Resource, resourcesOf } from './resources.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** The templates of an environment. */
export interface Synthesis {
  readonly assembly: CloudAssembly;
  /** Ids of the stacks in the app: `Network`, `orders-Data`… */
  readonly stacks: readonly string[];
  /** The template of one stack. */
  readonly template: (stack: string) => Template;
  /** All resources of all stacks, or those of one type. */
  readonly resources: (type?: string) => readonly Resource[];
}

const outputs = mkdtempSync(join(inject('runFolder'), 'synth-'));

const done = new Map<string, Synthesis>();

/** Synthesizes the environment `prod` once for each different input of a file's tests. */
export function synthesize(input: DeploymentInput = MINIMAL): Synthesis {
  const key = JSON.stringify(input);
  const known = done.get(key);
  if (known !== undefined) return known;
  const made = synthesizeAnew(input);
  done.set(key, made);
  return made;
}

/**
 * With the flags of cdk.json. What functions and images are made of is left out but for the stacks that
 * are named in `bundled`.
 */
export function synthesizeAnew(
  input: DeploymentInput = MINIMAL,
  bundled: readonly string[] = [],
  name = 'prod',
): Synthesis {
  const app = new App({
    outdir: mkdtempSync(join(outputs, 'cdk.out-')),
    context: {
      ...readContext(),
      'aws:cdk:bundling-stacks': bundled,
      'aws:cdk:enable-path-metadata': true,
      'aws:cdk:disable-stack-trace': true,
    },
    builtinCloudFormationValidation: false,
    analyticsReporting: false,
    treeMetadata: false,
  });
  addEnvironment(app, parseDeployments({ [name]: input }, name));
  const assembly = app.synth();
  const templates = new Map(
    assembly.stacks.map((stack) => [stack.id, Template.fromJSON(stack.template)]),
  );
  const all = assembly.stacks.flatMap((stack) => resourcesOf(stack.id, stack.template));
  return {
    assembly,
    stacks: assembly.stacks.map(({ id }) => id),
    template: (stack) => {
      const template = templates.get(stack);
      if (template === undefined) throw new Error(`there is no stack ${stack}`);
      return template;
    },
    resources: (type) => all.filter((resource) => type === undefined || resource.type === type),
  };
}

function readContext(): Record<string, unknown> {
  const { context }: { context: Record<string, unknown> } = JSON.parse(
    readFileSync(join(ROOT, 'cdk.json'), 'utf8'),
  );
  return context;
}
