import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ENVIRONMENTS } from '../../../bin/environments/index.ts';
import { runCdkSynth } from './cdk-command.ts';
import { oncePerRun } from './once-per-run.ts';

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

/** What CloudFormation is given. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** One stack of an environment. */
export interface SynthesizedStack {
  /** Its construct's id, such as `orders-Data`. */
  readonly id: string;
  /** Its name in CloudFormation. */
  readonly name: string;
  readonly template: Template;
  readonly assets: AssetManifest;
}

/** What is published before a stack is deployed. */
export interface AssetManifest {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string };
        readonly destinations: Readonly<
          Record<string, { readonly bucketName: string; readonly objectKey: string }>
        >;
      }
    >
  >;
  readonly dockerImages: Readonly<
    Record<string, { readonly source: { readonly directory: string } }>
  >;
}

/** Name of an environment of the project. */
export type EnvironmentName = keyof typeof ENVIRONMENTS;
export const ENVIRONMENT_NAMES = Object.keys(ENVIRONMENTS) as EnvironmentName[];

/** What `cdk synth` made of an environment. */
export interface Assembly {
  readonly environment: EnvironmentName;
  readonly account: string;
  readonly region: string;
  readonly directory: string;
  /** In the order in which they are deployed. */
  readonly stacks: readonly SynthesizedStack[];
}

/**
 * The environment as the real command synthesizes it, once in each run of the tests.
 *
 * @throws {@link Error} with all that the command has said, when it ended with another status than 0.
 */
export async function synthesized(environment: EnvironmentName): Promise<Assembly> {
  const directory = await oncePerRun(environment, async (folder) => {
    // Folders that lie at different depths: none must show in what is deployed.
    const output = join(folder, environment === 'dev' ? 'out' : 'deeper/cdk.out');
    await mkdir(output, { recursive: true });
    const words = ['-c', `env=${environment}`, '-o', output];
    const { exitCode, stderr } = await runCdkSynth(folder, words);
    if (exitCode !== 0) throw new Error(`npx cdk synth ended with ${exitCode}:\n${stderr}`);
    return output;
  });
  const { account, region } = ENVIRONMENTS[environment];
  return { environment, account, region, directory, stacks: readStacks(directory) };
}

/** Text of a file that synthesis has written. */
export async function readOutput({ directory }: Assembly, path: string): Promise<string> {
  return readFile(join(directory, path), 'utf8');
}

interface Artifact {
  readonly type: string;
  readonly properties: { readonly stackName?: string; readonly templateFile?: string };
}

function readStacks(directory: string): readonly SynthesizedStack[] {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(directory, name), 'utf8')) as unknown;
  const { artifacts } = read('manifest.json') as { artifacts: Record<string, Artifact> };
  const stacks = Object.entries(artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  return stacks.map(([id, { properties }]) => ({
    id,
    name: properties.stackName ?? id,
    template: read(properties.templateFile ?? '') as Template,
    assets: read(`${id}.assets.json`) as AssetManifest,
  }));
}
