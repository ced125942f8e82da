import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { create } from 'tar';
import { bootloader } from '../../../lib/infra/host/bootloader.ts';

const STAND_IN = join(import.meta.dirname, 'stand-in-aws.sh');
/** All that the bootloader calls besides its shell and what it is given: a real `aws` is out of its sight. */
const TOOLS = ['cat', 'cp', 'install', 'ln', 'mkdir', 'sha256sum', 'sleep', 'tar'];
const PARAMETER = '/holdfast/prod/orders/host-bundle';
const URI = 's3://assets/bundle.tar';
const ATTEMPTS = 4;

/** A machine that boots: what AWS has for it, and what it did. */
export interface BootingHost {
  /** Directory that the bootloader puts everything below. */
  readonly home: string;
  /** Puts a bundle, whose `boot` notes that it ran and runs `script`; gives the reference to it. */
  bundle(script?: string): Promise<string>;
  /** The value that the parameter will have, after so many failures to read it. */
  parameter(value: string, failures?: number): Promise<void>;
  /** Other bytes than the reference says will come, or none at first. */
  download(settings: { readonly bytes?: string; readonly failures?: number }): Promise<void>;
  /** Takes the AWS CLI away until it is installed; `failures` times that fails. */
  withoutCli(failures: number): Promise<void>;
  boot(): Promise<{ readonly status: number | undefined; readonly said: string }>;
  /** What was called, each with its region: `eu-central-1 s3 cp …`. */
  calls(): Promise<readonly string[]>;
  /** What ran: the word that each `boot` is told to note. */
  booted(): Promise<readonly string[]>;
}

/** A machine in `folder` that has booted nothing yet. */
export async function bootingHost(folder: string): Promise<BootingHost> {
  const [programs, home] = [join(folder, 'bin'), join(folder, 'home')];
  const at = (name: string): string => join(folder, name);
  await mkdir(programs);
  for (const tool of TOOLS) {
    const { stdout } = await execa('/bin/sh', ['-c', `command -v ${tool}`]);
    await symlink(stdout, join(programs, tool));
  }
  await installProgram(STAND_IN, join(programs, 'aws'));
  await writeFile(at('user-data'), bootloader(PARAMETER, 'eu-central-1').render());
  for (const name of ['calls', 'booted']) await writeFile(at(name), '');
  await writeFile(at('download-failures'), '0');
  return {
    home,
    bundle: async (script = '') => {
      const source = join(folder, 'bundle');
      await mkdir(source, { recursive: true });
      const boot = `#!/bin/sh\necho "\${0%/boot}" >>"$STAND_IN/booted"\n${script}\n`;
      await writeFile(join(source, 'boot'), boot, { mode: 0o755 });
      await create({ file: at('object'), cwd: source, portable: true }, ['boot']);
      const sha256 = createHash('sha256')
        .update(await readFile(at('object')))
        .digest('hex');
      return `${URI} ${sha256}`;
    },
    parameter: async (value, failures = 0) => {
      await writeFile(at('parameter'), value);
      await writeFile(at('parameter-failures'), String(failures));
    },
    download: async ({ bytes, failures = 0 }) => {
      if (bytes !== undefined) await writeFile(at('object'), bytes);
      await writeFile(at('download-failures'), String(failures));
    },
    withoutCli: async (failures) => {
      await writeFile(at('install-failures'), String(failures));
      await writeFile(join(programs, 'dnf'), INSTALL, { mode: 0o755 });
      await copyFile(join(programs, 'aws'), at('aws'));
      await execa('rm', [join(programs, 'aws')]);
    },
    boot: async () => {
      const { exitCode, all } = await execa('/bin/sh', [at('user-data')], {
        all: true,
        reject: false,
        extendEnv: false,
        env: {
          PATH: programs,
          STAND_IN: folder,
          HOLDFAST_HOME: home,
          HOLDFAST_ATTEMPTS: String(ATTEMPTS),
          HOLDFAST_PAUSE_SEC: '0',
        },
      });
      return { status: exitCode, said: all };
    },
    calls: async () => linesOf(at('calls')),
    booted: async () => linesOf(at('booted')),
  };
}

/** Installs the AWS CLI, at last. */
const INSTALL = `#!/bin/sh
echo "- dnf $*" >>"$STAND_IN/calls"
left=$(cat "$STAND_IN/install-failures")
if [ "$left" -gt 0 ]; then
  echo $((left - 1)) >"$STAND_IN/install-failures"
  exit 1
fi
cp "$STAND_IN/aws" "$PATH/aws"
`;

async function installProgram(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o755);
}

async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8');
  return text === '' ? [] : text.trimEnd().split('\n');
}
