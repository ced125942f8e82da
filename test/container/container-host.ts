import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pooler } from '../../lib/core/contract/pooler.ts';
import { makeCertificates } from '../support/certificates.ts';
import { type ContainerOptions, runWords } from './container-words.ts';
import { docker, type Ending, tryDocker } from './docker.ts';

/** Volumes of a host. */
export type Volume = 'data' | 'spool' | 'store' | 'sockets' | 'pooler' | 'recovered';

/** What a role sees of its host. */
export interface RoleOptions extends Omit<ContainerOptions, 'volumes'> {
  readonly volumes?: Partial<Record<Volume, 'rw' | 'ro'>>;
  /** Names of the host's files, and where they are read. */
  readonly files?: Readonly<Partial<Record<HostFile, string>>>;
}

/** A host: its volumes and files, and the containers that its units would run. */
export interface ContainerHost extends AsyncDisposable {
  /** Of the role that takes base backups. */
  readonly password: string;
  /** The only network there is, which leads nowhere. */
  readonly network: string;
  /** Every container that was given a name, running or not. */
  containers(): Promise<readonly string[]>;
  /** Folder of a volume, as this machine has it. */
  folder(volume: Volume): string;
  /** Runs the image. */
  run(words: readonly string[], options?: RoleOptions): Promise<Ending>;
}

type HostFile = 'machine-id' | 'secret' | 'roots.pem' | 'key.pem' | 'certificate.pem';

/** Where volumes are in a container. */
export const PLACES: Readonly<Record<Volume, string>> = {
  data: '/var/lib/holdfast/data',
  spool: '/var/lib/holdfast/spool',
  store: '/var/lib/holdfast/store',
  sockets: '/run/postgresql',
  pooler: Pooler.DIRECTORY,
  recovered: '/var/lib/holdfast/recovered',
};
/** Name by which the server's certificate is valid, besides that on the host's own network. */
export const SERVER_NAME = 'orders.test';
export const BACKUP_ROLE = 'holdfast_backup';

/** Makes a host with empty volumes. Disposing of it removes its containers. */
export async function makeContainerHost(): Promise<ContainerHost> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-host-'));
  cleanup.defer(async () => rm(directory, { recursive: true, force: true }));
  const network = `holdfast-${randomBytes(4).toString('hex')}`;
  await docker(['network', 'create', '--internal', network]);
  cleanup.defer(async () => void (await docker(['network', 'rm', network])));
  const containers = async (): Promise<readonly string[]> => {
    const words = ['ps', '--all', '--filter', `label=${network}`, '--format', '{{.Names}}'];
    return (await docker(words)).split('\n').filter((name) => name !== '');
  };
  cleanup.defer(async () => {
    const names = await containers();
    if (names.length > 0) await docker(['rm', '--force', ...names]);
  });
  const password = randomBytes(20).toString('hex');
  await makeFiles(directory, password);
  const owned = cleanup.move();
  return {
    password,
    network,
    containers,
    folder: (volume) => join(directory, volume),
    run: async (words, { volumes = {}, files = {}, ...options } = {}) => {
      const seen = Object.entries({ ...files, 'machine-id': '/etc/machine-id' });
      const kept = Object.entries(volumes) as [Volume, string][];
      const [run = '', ...rest] = runWords(words, {
        ...options,
        volumes: [
          ...seen.map(([name, path]) => `${join(directory, name)}:${path}:ro`),
          ...kept.map(([name, mode]) => `${join(directory, name)}:${PLACES[name]}:${mode}`),
        ],
      });
      return tryDocker([run, '--label', network, ...rest]);
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

/** Volumes belong to the image's account, as do the files, which nobody else may read. */
async function makeFiles(directory: string, password: string): Promise<void> {
  const owner = Number(await docker(runWords(['-u'], { entrypoint: 'id' })));
  const give = async (name: string, mode: number): Promise<void> => {
    await chown(join(directory, name), owner, owner);
    await chmod(join(directory, name), mode);
  };
  for (const name of Object.keys(PLACES)) {
    await mkdir(join(directory, name));
    await give(name, 0o700);
  }
  const { roots, keyFile, certificateFile } = await makeCertificates(
    directory,
    'authority',
    SERVER_NAME,
    Pooler.SERVER_NAME,
  );
  const texts: Readonly<Record<HostFile, string>> = {
    'machine-id': `${randomBytes(16).toString('hex')}\n`,
    secret: JSON.stringify({ username: BACKUP_ROLE, password }),
    'roots.pem': roots,
    'key.pem': await readFile(keyFile, 'utf8'),
    'certificate.pem': await readFile(certificateFile, 'utf8'),
  };
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(directory, name), text);
    await give(name, 0o600);
  }
}
