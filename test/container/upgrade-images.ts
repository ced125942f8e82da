import { readFile, realpath } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { inject } from 'vitest';
import { writeImageContext } from '../../lib/infra/image/image-context.ts';

/** Images by which a cluster comes from one major version to the next. */
export interface UpgradeImages {
  /** Holdfast's image of the old version. */
  readonly old: string;
  /** The new one, with the programs of the old one. */
  readonly upgrade: string;
}

const ROOT = join(import.meta.dirname, '../..');
/**
 * The release with the old version. It is another one than that of the image under test, which no
 * deployment may do: there is no release of Debian with two versions.
 */
const RELEASE = 'bookworm';
export const OLD_MAJOR = 15;
const NEW_RELEASE = 'forky';
/** What sets the stand-in for the official image of the old version apart. */
const DECLARED = `ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${OLD_MAJOR}/bin`;
/** Servers that are upgraded do without what compiles queries, and so does this image. */
const LEFT_OUT = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'var/cache',
  'var/lib/apt',
  'usr/lib/*/libLLVM*',
  'usr/lib/*/libz3*',
  'usr/lib/postgresql/*/lib/bitcode',
];
/** As in the official images, the account has the same number in both. */
const ACCOUNTS = ['etc/passwd', 'etc/group'];

/** Builds both on the engine of this run, the second by the Dockerfile that operators use. */
export async function buildUpgradeImages(): Promise<UpgradeImages> {
  const [oldRoot, newRoot] = [await rootOf(RELEASE), await rootOf(NEW_RELEASE)];
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-images-'));
  try {
    await importBase(oldRoot, newRoot);
    const context = join(directory, 'context');
    writeImageContext(context);
    const args = ['NODE_IMAGE=base-node', 'POOLER_IMAGE=base-pooler', `POSTGRES_IMAGE=${base}`];
    await build('holdfast:old', args, context);
    await addLibraries(oldRoot, newRoot);
    const both = ['NEW_IMAGE=holdfast:new', 'OLD_IMAGE=holdfast:old', `OLD_MAJOR=${OLD_MAJOR}`];
    const dockerfile = await readFile(
      join(ROOT, 'lib/infra/host/bundle/upgrade.Dockerfile'),
      'utf8',
    );
    await build('holdfast:upgrade', both, '-', dockerfile);
    return { old: 'holdfast:old', upgrade: 'holdfast:upgrade' };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const base = `base-postgres:${OLD_MAJOR}`;

async function rootOf(release: string): Promise<string> {
  const { stdout } = await execa('scripts/make-root-fs.sh', [release], {
    cwd: ROOT,
    stderr: 'inherit',
  });
  return stdout;
}

async function importBase(oldRoot: string, newRoot: string): Promise<void> {
  const left = [...LEFT_OUT, ...ACCOUNTS].map((path) => `--exclude=./${path}`);
  const words = [`--directory=${oldRoot}`, '--one-file-system', ...left, '.'];
  const accounts = [`--directory=${newRoot}`, ...ACCOUNTS];
  await execa('tar', ['--create', ...words, ...accounts], { buffer: { stdout: false } }).pipe(
    'docker',
    ['import', '--change', DECLARED, '-', base],
    { env: { DOCKER_HOST: inject('dockerHost') } },
  );
}

/** The old programs' libraries that the newer release has no more; in a deployment there are none. */
async function addLibraries(oldRoot: string, newRoot: string): Promise<void> {
  const programs = `/usr/lib/postgresql/${OLD_MAJOR}`;
  const ldd = `ldd ${programs}/bin/* ${programs}/lib/*.so 2>/dev/null`;
  // What it cannot read ends it with 1, and is no library of a program's.
  const { stdout } = await execa('chroot', [oldRoot, 'sh', '-c', `${ldd} || true`]);
  const paths = [...new Set(stdout.matchAll(/=> (\/\S+)/g).map(([, path = '']) => path))];
  const missing = paths.filter(
    (path) => !existsSync(join(newRoot, path)) && !path.includes('LLVM'),
  );
  const files = await Promise.all(
    missing.map(async (path) => ({ path, file: await realpath(join(oldRoot, path)) })),
  );
  const copies = files.map(
    ({ path, file }) =>
      `COPY ${basename(file)} /usr${dirname(path).replace(/^\/usr/, '')}/${basename(path)}`,
  );
  const context = await mkdtemp(join(tmpdir(), 'holdfast-libraries-'));
  try {
    await execa('cp', [...files.map(({ file }) => file), context]);
    await build('holdfast:new', [], context, [`FROM ${inject('image')}`, ...copies].join('\n'));
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function build(
  tag: string,
  args: readonly string[],
  context: string,
  dockerfile?: string,
): Promise<void> {
  const words = ['build', '--quiet', '--tag', tag];
  const values = args.flatMap((arg) => ['--build-arg', arg]);
  const file = dockerfile === undefined || context === '-' ? [] : ['--file', '-'];
  await execa('docker', [...words, ...values, ...file, context], {
    env: { DOCKER_HOST: inject('dockerHost'), DOCKER_BUILDKIT: '0' },
    ...(dockerfile === undefined ? {} : { input: dockerfile }),
  });
}
