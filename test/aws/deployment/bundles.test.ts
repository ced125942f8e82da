import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { execa } from 'execa';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { NODE } from '../../support/checkout.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { type Assembly, ENVIRONMENT_NAMES, synthesized } from './assembly.ts';
import { CHECKOUT } from './cdk-command.ts';
import { type DeployedFunction, functionsOf, schedulesOf } from './deployed-code.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';
import { resolveStacks } from './stand-ins.ts';

const MAPPED = /^((bin|functions|lib|node_modules|tasks)\/|package\.json$)/;
const CONFIG_INVALID = 25;

let assemblies: readonly Assembly[];
beforeAll(async () => {
  assemblies = await Promise.all(ENVIRONMENT_NAMES.map(synthesized));
}, SHARED_WORK_MS);

function firstAssembly(): Assembly {
  const [first] = assemblies;
  if (first === undefined) throw new Error('there is no environment');
  return first;
}

/** Files of the bundle that a function is deployed with. */
function bundleOf({ directory }: Assembly, { codeKey }: DeployedFunction): string {
  return join(directory, `asset.${basename(codeKey, '.zip')}`);
}

/** Files of the bundle in the image. */
function imageBundle({ directory, stacks }: Assembly): string {
  const [image] = stacks.flatMap(({ assets }) => Object.values(assets.dockerImages));
  return join(directory, image?.source.directory ?? '', 'bundle');
}

/** A copy of some files where nothing of this project is. */
async function bare(folder: string, names: readonly string[]): Promise<string> {
  const directory = await temporaryFolder();
  for (const name of names) await copyFile(join(folder, name), join(directory, name));
  return directory;
}

/** Runs Node as a function or container does, with no variables but `env`. */
async function runNode(
  cwd: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const options = { cwd, env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
  const { exitCode, stdout, stderr } = await execa(NODE, words, options);
  return { exitCode, stdout, stderr };
}

const CALL = `
  const { handler } = await import('./index.mjs');
  const context = { awsRequestId: 'a-request', getRemainingTimeInMillis: () => 60_000 };
  const event = JSON.parse(process.argv[1]);
  const outcome = await handler(event, context).catch(({ code, message }) => ({ code, message }));
  process.stdout.write('\\n' + JSON.stringify(outcome) + '\\n');`;

/** Has a function's bundle handle an event, with no configuration at all. */
async function callBundle(fn: DeployedFunction, event: string): Promise<unknown> {
  const directory = await bare(bundleOf(firstAssembly(), fn), ['index.mjs']);
  // All that Lambda itself sets.
  const lambda = { AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_NAME: fn.name };
  const run = await runNode(directory, ['--input-type=module', '-e', CALL, event], lambda);
  return JSON.parse(run.stdout.trim().split('\n').at(-1) || JSON.stringify(run.stderr));
}

describe('the bundle of each function', () => {
  test('needs nothing beside itself, and refuses what is no event of its own', async () => {
    const functions = functionsOf(resolveStacks(firstAssembly()));
    for (const fn of functions) {
      expect(fn).toMatchObject({ handler: 'index.handler', runtime: 'nodejs24.x' });
      expect({ [fn.name]: await callBundle(fn, '"nonsense"') }).toMatchObject({
        [fn.name]: { code: 'CONFIG-EVENT' },
      });
    }
  });

  test('takes what its schedules send', async () => {
    const stacks = resolveStacks(firstAssembly());
    const schedules = schedulesOf(stacks);
    expect(schedules.map(({ fn }) => fn.name).sort()).toStrictEqual([
      'apply-retention',
      'audit-archive',
      'extend-locks',
      'follow-host',
      'notify',
      'notify',
      'probe-database',
      'probe-estate',
      'prove-guard',
      'start-base-backup',
      'start-hash-audit',
    ]);
    for (const { fn, input } of schedules) {
      const event = input.replace('<aws.scheduler.scheduled-time>', '2026-12-01T01:00:00Z');
      // The event is read before the configuration, of which there is none here.
      expect({ [fn.name]: await callBundle(fn, event) }).toMatchObject({
        [fn.name]: { code: 'CONFIG-INVALID' },
      });
    }
  });
});

describe('the bundle in the image', () => {
  const start = async (...words: string[]) => {
    const directory = await bare(imageBundle(firstAssembly()), ['main.mjs', 'digest-worker.mjs']);
    const { exitCode, stderr } = await runNode(directory, ['main.mjs', ...words]);
    return { exitCode, log: JSON.parse(stderr) as unknown };
  };

  test('has what the Dockerfile copies', async () => {
    expect((await readdir(imageBundle(firstAssembly()))).sort()).toStrictEqual([
      'digest-worker.mjs',
      'digest-worker.mjs.map',
      'holdfast.mjs',
      'holdfast.mjs.map',
      'main.mjs',
      'main.mjs.map',
    ]);
  });

  test('fails when it is to be something that there is not', async () => {
    expect(await start('nonsense')).toMatchObject({
      exitCode: CONFIG_INVALID,
      log: { event: 'task.failed', task: 'nonsense', error_code: 'CONFIG-INVALID' },
    });
  });

  test('fails when a base backup is told nothing', async () => {
    expect(await start('base-backup')).toMatchObject({
      exitCode: CONFIG_INVALID,
      log: { event: 'task.failed', task: 'base-backup', error_code: 'CONFIG-INVALID' },
    });
  });

  test('starts its thread from the file beside it', async () => {
    const folder = imageBundle(firstAssembly());
    expect(await readFile(join(folder, 'main.mjs'), 'utf8')).toContain('"digest-worker.mjs"');
    const directory = await bare(folder, ['digest-worker.mjs']);
    const thread = new Worker(join(directory, 'digest-worker.mjs'));
    onTestFinished(async () => void (await thread.terminate()));
    const answers = on(thread, 'message');
    thread.postMessage({ call: 1, digest: 1, bytes: Buffer.from('abc') }, []);
    await answers.next();
    thread.postMessage({ call: 2, digest: 1 }, []);
    const sha256 = createHash('sha256').update('abc').digest('hex');
    expect((await answers.next()).value).toStrictEqual([{ call: 2, sha256 }]);
  });
});

describe('what is deployed', () => {
  test('has the same bytes whatever the environment, and wherever it was synthesized', () => {
    const codeOf = (assembly: Assembly) =>
      functionsOf(resolveStacks(assembly)).map(({ name, codeKey }) => [name, codeKey]);
    const expected = codeOf(firstAssembly());
    for (const assembly of assemblies) {
      expect(codeOf(assembly)).toStrictEqual(expected);
      expect(basename(join(imageBundle(assembly), '..'))).toBe(
        basename(join(imageBundle(firstAssembly()), '..')),
      );
    }
  });

  test('names no place on this machine', async () => {
    for (const { directory } of assemblies) {
      const names = await readdir(directory, { recursive: true, withFileTypes: true });
      const files = names
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => /\/asset\.|\.template\.json$/.test(path));
      expect(files.length).toBeGreaterThan(10);
      for (const file of files) {
        const text = await readFile(file, 'latin1');
        expect({ file, found: text.includes(CHECKOUT) || text.includes(directory) }).toStrictEqual({
          file,
          found: false,
        });
        const { sources = [] } = file.endsWith('.map')
          ? (JSON.parse(text) as { sources?: string[] })
          : {};
        expect(sources.filter((source) => !MAPPED.test(source))).toStrictEqual([]);
      }
    }
  });
});
