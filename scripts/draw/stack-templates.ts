import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { z } from 'zod';
import { ENVIRONMENTS } from '../../bin/environments/index.ts';
import { parseDeployments } from '../../lib/infra/deployment/parse-deployments.ts';
import { addEnvironment } from '../../lib/infra/holdfast-app.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  Metadata: z.object({ 'aws:cdk:path': z.string().optional() }).default({}),
});
/** A resource of a template. */
export type Resource = z.output<typeof Resource>;

const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});

/** The template of one stack, as far as it is read. */
export interface StackTemplate extends z.output<typeof Template> {
  /** As `cdk deploy` takes it, such as `orders-Data`. */
  readonly id: string;
  /** As CloudFormation knows it. */
  readonly stackName: string;
}

/** Synthesizes an environment of `bin/environments` in this process, without a bundle of any function. */
export function synthesizeTemplates(environment: keyof typeof ENVIRONMENTS): StackTemplate[] {
  const outdir = mkdtempSync(join(tmpdir(), 'holdfast-templates-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      context: {
        ...featureFlags(),
        'aws:cdk:bundling-stacks': [],
        'aws:cdk:enable-path-metadata': true,
      },
    });
    addEnvironment(app, parseDeployments(ENVIRONMENTS, environment));
    return app.synth().stacks.map(({ id, stackName, template }) => {
      return { id, stackName, ...Template.parse(template) };
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function featureFlags(): Record<string, unknown> {
  const file = z.object({ context: z.record(z.string(), z.unknown()) });
  return file.parse(JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'))).context;
}
