import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { type Assembly, ENVIRONMENT_NAMES, readOutput, synthesized } from './assembly.ts';
import { CAN_CUT_NETWORK, runCdkSynth, type SynthEnding } from './cdk-command.ts';
import { changedCheckout } from './changed-checkout.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';

const NETWORK = CAN_CUT_NETWORK ? 'no network' : 'the network that unshare may not take away here';
const SCREEN_LINES = 24;

interface ValidationReport {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly conclusion: string;
    readonly violations: readonly { readonly ruleName: string; readonly severity: string }[];
    readonly suppressedViolations?: readonly {
      readonly ruleName: string;
      readonly reason?: string;
    }[];
  }[];
}

async function readReport(read: Promise<string>): Promise<ValidationReport> {
  return JSON.parse(await read) as ValidationReport;
}

describe.each(ENVIRONMENT_NAMES)(
  `npx cdk synth -c env=%s, with no credentials, no docker, ${NETWORK}`,
  (name) => {
    let assembly: Assembly;
    beforeAll(async () => {
      assembly = await synthesized(name);
    }, SHARED_WORK_MS);

    test('synthesizes every stack', () => {
      expect(assembly.stacks.map(({ id }) => id)).toStrictEqual([
        'Network',
        'Trail',
        'orders-Data',
        'orders-Host',
        'orders-Backup',
        'orders-Archive',
        'orders-Watch',
      ]);
    });

    test('finds nothing that CloudFormation or the AWS Solutions rules would mind', async () => {
      const { pluginReports } = await readReport(readOutput(assembly, 'validation-report.json'));
      const violations = pluginReports.flatMap((report) => report.violations);
      expect(violations).toStrictEqual([]);
      expect(pluginReports.map(({ conclusion }) => conclusion)).not.toContain('failure');
    });

    test('gives a reason for each of the rules that do not fit', async () => {
      const { pluginReports } = await readReport(readOutput(assembly, 'validation-report.json'));
      const rules = pluginReports.find(({ pluginName }) => pluginName === 'AwsSolutions');
      const acknowledged = rules?.suppressedViolations ?? [];
      // Without any, nobody would have looked.
      expect(acknowledged.length).toBeGreaterThan(10);
      expect(acknowledged.filter(({ reason = '' }) => reason.length < 20)).toStrictEqual([]);
    });
  },
);

/** Synthesizes a checkout in which files of `bin` are others. */
async function synthesizeWith(
  files: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<{ readonly ending: SynthEnding; readonly output: string }> {
  const folder = await temporaryFolder();
  const checkout = await changedCheckout(join(folder, 'checkout'), files);
  const output = join(folder, 'cdk.out');
  await mkdir(output);
  return { ending: await runCdkSynth(folder, [...words, '-o', output], checkout), output };
}

/** What somebody at a terminal can act on. */
function expectRefusal({ exitCode, stdout, stderr }: SynthEnding, code: string): void {
  expect(exitCode).toBe(1);
  const lines = `${stdout}${stderr}`.split('\n');
  expect(lines[0]).toMatch(new RegExp(`^${code}: `));
  expect(lines.some((line) => line.startsWith('hint: '))).toBe(true);
  expect(lines.filter((line) => /^\s+at /.test(line))).toStrictEqual([]);
  expect(lines.length).toBeLessThan(SCREEN_LINES);
}

describe('npx cdk synth', { timeout: 120_000 }, () => {
  test('fails when no environment is named, and names them', async () => {
    const { ending } = await synthesizeWith({}, []);
    expectRefusal(ending, 'CONFIG-DEPLOYMENT');
    expect(ending.stderr).toContain('no environment was named');
    expect(ending.stderr).toContain(ENVIRONMENT_NAMES.join(', '));
  });

  test('fails when there is no such environment', async () => {
    const { ending } = await synthesizeWith({}, ['-c', 'env=production']);
    expectRefusal(ending, 'CONFIG-DEPLOYMENT');
    expect(ending.stderr).toContain('there is no environment production');
  });

  test('fails when another environment than the one asked for has faults, and names all', async () => {
    const broken = `export default {
      account: '1',
      region: 'eu-central-1',
      notifications: { page: { emails: ['nobody'] } },
      clusters: [{ id: 'orders', volume: { sizeGiB: 5 }, retention: { dayz: 1 } }],
    };`;
    const { ending } = await synthesizeWith({ 'environments/prod.ts': broken }, ['-c', 'env=dev']);
    expectRefusal(ending, 'CONFIG-DEPLOYMENT');
    for (const path of ['account', 'notifications.page.emails.0', 'clusters.0.volume.sizeGiB']) {
      expect(ending.stderr).toContain(`prod.${path}: `);
    }
    expect(ending.stderr).toContain('dayz');
  });

  test('takes a copy in another region, which needs no account either and breaks no rule', async () => {
    const copied = `export default {
      account: '111111111111',
      region: 'eu-central-1',
      notifications: { page: { emails: ['oncall@example.com'] } },
      clusters: [{ id: 'orders', copy: { region: 'eu-west-1' } }],
    };`;
    const { ending, output } = await synthesizeWith({ 'environments/staging.ts': copied }, [
      '-c',
      'env=staging',
    ]);
    expect(ending).toMatchObject({ exitCode: 0 });
    const { pluginReports } = await readReport(
      readFile(join(output, 'validation-report.json'), 'utf8'),
    );
    expect(pluginReports.flatMap((report) => report.violations)).toStrictEqual([]);
    const template = await readFile(join(output, 'orders-Copy.template.json'), 'utf8');
    expect(template).toContain('holdfast-staging-orders-111111111111-copy');
  }, 240_000);

  test('fails when a template has what CloudFormation does not know', async () => {
    const app = `import { App, CfnResource, Stack } from 'aws-cdk-lib';
      const app = new App();
      const properties = { Colour: 'red' };
      new CfnResource(new Stack(app, 'Broken'), 'Bucket', { type: 'AWS::S3::Bucket', properties });
      app.synth();`;
    const { ending, output } = await synthesizeWith({ 'app.ts': app }, []);
    expect(ending.exitCode).toBe(1);
    expect(ending.stderr).toContain('Synthesis finished with errors');
    const { pluginReports } = await readReport(
      readFile(join(output, 'validation-report.json'), 'utf8'),
    );
    expect(pluginReports).toMatchObject([
      { conclusion: 'failure', violations: [{ ruleName: 'F3002', severity: 'error' }] },
    ]);
  });
});
