import { join } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { PROJECT_ROOT, writeBundles } from '../write-bundles.ts';

/** Node of every function. */
export const FUNCTION_RUNTIME = lambda.Runtime.NODEJS_24_X;

/** The code of the function in the folder `name` below `functions/`, in one file. */
export function functionCode(name: string): lambda.Code {
  const directory = join(PROJECT_ROOT, 'functions', name);
  const bundles = { entries: { index: join(directory, 'handler.ts') }, minify: true };
  return lambda.Code.fromAsset(directory, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: {
        tryBundle: (output) => {
          writeBundles(output, bundles);
          return true;
        },
      },
      // Has to be named, and is never started.
      image: FUNCTION_RUNTIME.bundlingImage,
    },
  });
}
