import { describe, expect, test } from 'vitest';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { faultsOf, faultyPathsOf } from '../support/faults.ts';
import { environmentOf } from '../support/inputs.ts';

const ARN = 'arn:aws:cloudtrail:eu-central-1:111111111111:trail/everything';

describe('the trail of an environment', () => {
  test.each(['own' as const, { arn: ARN }, { arn: ARN.replace('aws', 'aws-us-gov') }])(
    'may be %j',
    (trail) => {
      const { deployment } = parseDeployments({ prod: environmentOf({ trail }) }, 'prod');
      expect(deployment.trail).toEqual(trail);
    },
  );

  test('is its own when nothing is said', () => {
    expect(parseDeployments({ prod: environmentOf() }, 'prod').deployment.trail).toBe('own');
  });

  test.each([{ arn: 'everything' }, { arn: ARN.replace('cloudtrail', 'kms') }, { arn: '' }])(
    'may not be %j',
    (trail) => {
      expect(faultyPathsOf(environmentOf({ trail })).join(' ')).toContain('trail');
    },
  );

  test('has its home where the archive is: elsewhere nobody here hears that it is stopped', () => {
    const trail = { arn: ARN.replace('eu-central-1', 'eu-west-1') };
    expect(faultsOf(environmentOf({ trail }))).toEqual([
      expect.stringMatching(/trail\.arn.* home in eu-west-1.* in eu-central-1/),
    ]);
  });
});
