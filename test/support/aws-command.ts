import { spawnSync } from 'node:child_process';

/** How to get the command that docs/restore-by-hand.md uses. */
export const GET_AWS = 'pipx install awscli, or apt-get install awscli';

/** Whether the `aws` command is here. In CI it must be: a page whose commands nobody runs proves nothing. */
export function hasAwsCommand(): boolean {
  const { error, status } = spawnSync('aws', ['--version'], { stdio: 'ignore' });
  if (error === undefined && status === 0) return true;
  if (process.env['CI'] === 'true') {
    throw new Error(`CI runs the commands of restore-by-hand.md, which need aws: ${GET_AWS}`);
  }
  return false;
}
