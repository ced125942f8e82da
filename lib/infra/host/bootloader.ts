import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

/** User data of a host whose bundle is named by `parameter`: depends on nothing else. */
export function bootloader(parameter: string, region: string): ec2.UserData {
  const script = readFileSync(join(import.meta.dirname, 'bootloader.sh'), 'utf8');
  return ec2.UserData.custom(
    script.replaceAll('@PARAMETER@', parameter).replaceAll('@REGION@', region),
  );
}
