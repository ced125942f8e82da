import { join } from 'node:path';
import { execa } from 'execa';

/** The images that ours is built on. */
export interface BaseImages {
  readonly node: string;
  readonly postgres: string;
}

const ROOT = join(import.meta.dirname, '../..');
/** The release with PostgreSQL 18. */
const RELEASE = 'forky';
const MAJOR = 18;
/** As in the official image. */
const PATH = `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${MAJOR}/bin`;
/** No program looks there; what stays is half as large. */
const LEFT_OUT = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'var/cache', 'var/lib/apt'];

/**
 * Stands in for the official images of PostgreSQL and Node, which come from a registry: Debian's own
 * packages, and the pinned Node.
 */
export async function importBaseImages(host: string): Promise<BaseImages> {
  const { stdout: root } = await execa('scripts/make-root-fs.sh', [RELEASE], {
    cwd: ROOT,
    stderr: 'inherit',
  });
  const node = join(ROOT, 'node_modules/node/bin');
  return {
    postgres: await importImage(host, `base-postgres:${MAJOR}`, [
      `--directory=${root}`,
      '--one-file-system',
      ...LEFT_OUT.map((path) => `--exclude=./${path}`),
      '.',
    ]),
    node: await importImage(host, 'base-node', [
      `--directory=${node}`,
      '--transform=s,^,usr/local/bin/,',
      'node',
    ]),
  };
}

async function importImage(host: string, name: string, tar: readonly string[]): Promise<string> {
  const words = ['import', '--change', `ENV PATH=${PATH}`, '-', name];
  await execa('tar', ['--create', ...tar], { buffer: { stdout: false } }).pipe('docker', words, {
    env: { DOCKER_HOST: host },
  });
  return name;
}
