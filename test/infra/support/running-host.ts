import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { ApplyPlan } from '../../../lib/core/host/apply/apply-plan.ts';
import { planLines } from '../../../lib/core/host/apply/plan-lines.ts';

const BUNDLE = join(import.meta.dirname, '../../../lib/infra/host/bundle');
const STAND_IN = join(import.meta.dirname, 'stand-in-host.sh');
const PROGRAMS = ['docker', 'systemctl', 'aws', 'mountpoint', 'xfs_growfs'];
/** Where a host's scripts think that things are. */
const PLACES = [
  '/etc/holdfast',
  '/opt/holdfast',
  '/run/holdfast',
  '/var/lib/holdfast',
  '/var/lib/cloud',
];
/** Of the bundle in place. */
export const BUNDLE_SHA256 = 'a'.repeat(64);

/** How a script ended. */
export interface HostEnding {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host that runs, all of it below a folder. */
export interface RunningHost {
  /** Runs `apply`, `plan` or `status` with words. */
  run(script: string, ...words: readonly string[]): Promise<HostEnding>;
  /** What the planner says: first, then, and from then on. */
  plans(...plans: readonly { readonly plan: ApplyPlan; readonly status?: number }[]): Promise<void>;
  /** What was done since the last time that this was asked. */
  calls(): Promise<readonly string[]>;
  /** Writes a file of the stand-in's. */
  set(name: string, text: string): Promise<void>;
  /** A file of the host's, such as `/etc/holdfast/host-config.json`. */
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
}

/** JSON of a configuration, as far as the scripts read it. */
export function hostConfigJson(image: string): string {
  const config = { environment: 'prod', cluster: 'orders', image, major: 18, volumeId: 'vol-0a1b' };
  return JSON.stringify(config);
}

/** A host in `folder` whose containers run from the image `sha256:old`; `registry/holdfast:new` is in the registry. */
export async function runningHost(folder: string): Promise<RunningHost> {
  const [programs, standIn, root] = ['bin', 'stand-in', 'root'].map((name) => join(folder, name));
  if (programs === undefined || standIn === undefined || root === undefined)
    throw new Error('never');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  await mkdir(programs);
  for (const name of PROGRAMS) await symlink(STAND_IN, join(programs, name));
  await moveBundle(root);
  for (const name of ['postgres', 'agent', 'pooler']) {
    await write(join(standIn, 'containers', `holdfast-${name}`), 'sha256:old\n');
  }
  for (const image of ['registry_holdfast_old', 'holdfast_current']) {
    await write(join(standIn, 'images', image), 'sha256:old\n');
  }
  await write(join(standIn, 'registry', 'registry_holdfast_new'), 'sha256:new\n');
  await write(join(standIn, 'host-config'), hostConfigJson('registry/holdfast:new'));
  await write(join(standIn, 'host-bundle'), `s3://assets/bundle.tar ${BUNDLE_SHA256}`);
  await write(join(standIn, 'mounted'), 'yes\n');
  await write(join(standIn, 'calls'), '');
  await write(
    join(root, '/etc/holdfast/host-config.json'),
    hostConfigJson('registry/holdfast:old'),
  );
  await write(
    join(root, '/etc/holdfast/host.env'),
    'AWS_REGION=eu-central-1\nHOLDFAST_PARAMETERS=/holdfast/prod/orders\nHOLDFAST_PAUSE_SEC=0\nHOLDFAST_START_SEC=20\n',
  );
  await write(join(root, '/var/lib/cloud/data/instance-id'), 'i-0a1b\n');
  await write(join(root, '/run/holdfast/pooler/pgbouncer.ini'), '');
  const calls = join(standIn, 'calls');
  return {
    run: async (script, ...words) => {
      const { exitCode, stdout, stderr } = await execa(
        join(root, '/opt/holdfast/current', script),
        words,
        {
          reject: false,
          extendEnv: false,
          env: {
            PATH: `${programs}:/usr/bin:/bin:/usr/sbin:/sbin`,
            STAND_IN: standIn,
            CONFIG: join(root, '/etc/holdfast/host-config.json'),
          },
        },
      );
      return { status: exitCode, stdout, stderr };
    },
    plans: async (...plans) => {
      await rm(join(standIn, 'plans'), { recursive: true, force: true });
      await write(join(standIn, 'planned'), '0');
      for (const [index, { plan, status = 0 }] of plans.entries()) {
        const file = join(standIn, 'plans', String(index + 1));
        await write(file, `${[JSON.stringify(plan), ...planLines(plan)].join('\n')}\n`);
        await write(`${file}.status`, String(status));
      }
    },
    calls: async () => {
      const text = await readFile(calls, 'utf8');
      await writeFile(calls, '');
      return text === '' ? [] : text.trimEnd().split('\n');
    },
    set: async (name, text) => write(join(standIn, name), text),
    read: async (path) => readFile(join(root, path), 'utf8'),
    write: async (path, text) => {
      await write(join(root, path), text);
      await chmod(join(root, path), 0o755);
    },
  };
}

/** The real scripts, but for where they look. */
async function moveBundle(root: string): Promise<void> {
  const home = join(root, '/opt/holdfast');
  const directory = join(home, `bundle-${BUNDLE_SHA256}`);
  await cp(BUNDLE, directory, { recursive: true });
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(directory, entry.name);
    const text = await readFile(path, 'utf8');
    const moved = PLACES.reduce((all, place) => all.replaceAll(place, `${root}${place}`), text);
    await writeFile(path, moved);
  }
  await symlink(directory, join(home, 'current'));
}
