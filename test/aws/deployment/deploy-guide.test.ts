import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { execa } from 'execa';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { shellCommands } from '../../support/markdown-commands.ts';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../../support/moto-server.ts';
import { changedCheckout } from './changed-checkout.ts';

const GUIDE = resolve(import.meta.dirname, '../../../docs/deploy.md');
/** What a person pastes. */
const PASTED = 'https://hooks.example.com/services/T0/B0/secret\n';
const ACCOUNT = '111111111111';
/** Another one than the example's, which the guide says can be changed. */
const REGION = 'eu-west-1';
const DEADLINE_MS = 240_000;

/**
 * Stand-ins, by name. Everything else is the real thing: Node, npx, the CDK command line, the project.
 *
 * - AWS: a server of moto on this machine, where `cdk bootstrap` and `cdk diff` find an account.
 * - `npm`: says yes. The packages are those of this checkout, which `npm ci` would replace.
 * - `aws`: the real one where it is installed, else says yes.
 * - `docker`: fails. Nothing before `cdk deploy` may need it.
 * - `cdk deploy`: not run; test/docs/cdk-commands.test.ts looks its options up.
 */
const STAND_INS = {
  npm: 'exit 0',
  docker: 'echo "docker was called: $*" >&2; exit 1',
  ...(spawnSync('aws', ['--version']).error === undefined ? {} : { aws: 'cat >/dev/null; exit 0' }),
};

describe.skipIf(!hasMotoServer())(`docs/deploy.md (needs ${GET_MOTO})`, () => {
  let commands: readonly string[];
  beforeAll(async () => {
    const guide = await readFile(GUIDE, 'utf8');
    const all = shellCommands(guide.replaceAll('eu-central-1', REGION));
    commands = all.slice(
      0,
      all.findIndex((command) => command.startsWith('npx cdk deploy')),
    );
  });

  test(
    'leads up to cdk deploy on a copy of the checkout with three other lines',
    async () => {
      expect(commands.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
        'npm ci',
        expect.stringMatching(/^export /),
        'npx cdk synth',
        'aws secretsmanager create-secret',
        'aws secretsmanager create-secret',
        'aws iam create-policy',
        'npx cdk bootstrap',
        'aws iam create-service-linked-role',
        'npx cdk diff',
      ]);
      const folder = await temporaryFolder();
      const checkout = await changedCheckout(join(folder, 'checkout'), {});
      vi.stubEnv('MOTO_ACCOUNT_ID', ACCOUNT);
      const moto = await startMotoServer();
      onTestFinished(async () => moto[Symbol.asyncDispose]());
      const programs = await makeStandIns(join(folder, 'programs'));
      let env: Readonly<Record<string, string>> = {
        PATH: [programs, process.env['PATH']].join(delimiter),
        HOME: folder,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        AWS_ENDPOINT_URL: moto.endpoint,
        AWS_ACCESS_KEY_ID: 'testing',
        AWS_SECRET_ACCESS_KEY: 'testing',
      };
      await editThreeLines(join(checkout, 'bin/environments/prod.ts'));
      const pasted = join(folder, 'pasted');
      await writeFile(pasted, PASTED);
      const outputs: string[] = [];
      for (const command of commands) {
        const after = join(folder, 'environment');
        const script = `exec < '${pasted}'\n${command}\nenv -0 > '${after}'`;
        const { exitCode, all } = await execa('sh', ['-euc', script], {
          cwd: checkout,
          env,
          extendEnv: false,
          all: true,
          reject: false,
          timeout: DEADLINE_MS,
        });
        expect(exitCode, `${command}\n${all}`).toBe(0);
        env = parseEnvironment(await readFile(after, 'utf8'));
        outputs.push(all);
      }
      expect(outputs.at(-1)).toContain('Number of stacks with differences: 7');
      expect(outputs.at(-1)).toContain(`holdfast-prod-orders-${ACCOUNT}`);
      expect(await bootstrapStack(moto.endpoint)).toMatchObject({
        StackStatus: 'CREATE_COMPLETE',
        Parameters: expect.arrayContaining([
          {
            ParameterKey: 'CloudFormationExecutionPolicies',
            ParameterValue: expect.stringContaining(`:${ACCOUNT}:policy/holdfast-cloudformation`),
          },
        ]),
      });
    },
    3 * DEADLINE_MS,
  );
});

async function makeStandIns(directory: string): Promise<string> {
  await mkdir(directory);
  for (const [name, script] of Object.entries(STAND_INS)) {
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return directory;
}

/** As the guide says: account, region, e-mail. The account is the one that moto has. */
async function editThreeLines(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const edited = text
    .replace(/account: '\d+'/, `account: '${ACCOUNT}'`)
    .replace(/region: '[a-z0-9-]+'/, `region: '${REGION}'`)
    .replace(/emails: \['[^']+'\]/, "emails: ['someone@example.org']");
  expect(edited).not.toBe(text);
  await writeFile(file, edited);
}

/** What `env -0` has printed. */
function parseEnvironment(text: string): Readonly<Record<string, string>> {
  const pairs = text.split('\0').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

async function bootstrapStack(endpoint: string): Promise<Stack | undefined> {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  const client = new CloudFormationClient({ endpoint, region: REGION, credentials });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }));
  return Stacks?.[0];
}
