import { join } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from './synth-error.ts';

/** A path in the app's output for what an asset is made of: the next synthesis makes it anew. */
export function outputPath(scope: IConstruct, name: string): string {
  const directory = Stage.of(scope)?.assetOutdir;
  if (directory !== undefined) return join(directory, name);
  throw new SynthError(scope, 'APP-ABSENT', 'is in no app', 'make it below an App');
}
