import { globSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** The images that ours is built on. */
export interface BaseImages {
  readonly node: string;
  readonly postgres: string;
  readonly pooler: string;
}

const ROOT = join(import.meta.dirname, '../..');
/** The release with PostgreSQL 18. */
const RELEASE = 'forky';
const MAJOR = 18;
/** What the official image of PostgreSQL declares, as far as containers differ by it. */
const DECLARED = [
  `ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${MAJOR}/bin`,
  `ENV PGDATA=/var/lib/postgresql/${MAJOR}/docker`,
  'VOLUME /var/lib/postgresql',
  'ENTRYPOINT ["docker-entrypoint.sh"]',
  'CMD ["postgres"]',
];
/** No program looks there; what stays is half as large. */
const LEFT_OUT = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'var/cache', 'var/lib/apt'];
/** What Debian's package of PgBouncer brings besides what a server needs too. */
const POOLER = [
  'usr/sbin/pgbouncer',
  'usr/lib/*-linux-gnu/libevent-2.1.so.*',
  'usr/lib/*-linux-gnu/libcares.so.*',
];

/**
 * Stands in for the official images of PostgreSQL, Node and PgBouncer, which come from a registry:
 * Debian's own packages, and the pinned Node. As there, the server's has nothing of the pooler.
 */
export async function importBaseImages(host: string): Promise<BaseImages> {
  const { stdout: root } = await execa('scripts/make-root-fs.sh', [RELEASE], {
    cwd: ROOT,
    stderr: 'inherit',
  });
  const node = join(ROOT, 'node_modules/node/bin');
  return {
    postgres: await importImage(host, `base-postgres:${MAJOR}`, DECLARED, [
      `--directory=${root}`,
      '--one-file-system',
      ...[...LEFT_OUT, ...POOLER].map((path) => `--exclude=./${path}`),
      '.',
    ]),
    node: await importImage(
      host,
      'base-node',
      [],
      [`--directory=${node}`, '--transform=s,^,usr/local/bin/,', 'node'],
    ),
    pooler: await importImage(
      host,
      'base-pooler',
      [],
      [`--directory=${root}`, ...POOLER.flatMap((pattern) => globSync(pattern, { cwd: root }))],
    ),
  };
}

async function importImage(
  host: string,
  name: string,
  declared: readonly string[],
  tar: readonly string[],
): Promise<string> {
  const words = ['import', ...declared.flatMap((line) => ['--change', line]), '-', name];
  await execa('tar', ['--create', ...tar], { buffer: { stdout: false } }).pipe('docker', words, {
    env: { DOCKER_HOST: host },
  });
  return name;
}
