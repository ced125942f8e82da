import { inject } from 'vitest';

/** How a container is run. */
export interface ContainerOptions {
  /** @default - the image under test */
  readonly image?: string;
  /** One without a name is gone when it has ended. */
  readonly name?: string;
  /** `from:to:rw` or `from:to:ro`, as Docker has them. */
  readonly volumes?: readonly string[];
  /** @default 'none' */
  readonly network?: string;
  /** Name by which others on its network find it. */
  readonly alias?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default '300m' */
  readonly memory?: string;
  /** Whether it runs on in the background. @default false */
  readonly detach?: boolean;
  /** @default - the image's own */
  readonly entrypoint?: string;
}

/**
 * As a host runs every role: no rights, nothing writable but volumes, all of it bounded. What the base
 * image declares to be a volume would else be one, on the host's disk and writable.
 */
const CONFINED = [
  '--init --read-only --cap-drop=ALL --security-opt=no-new-privileges --pids-limit=512',
  '--tmpfs=/var/lib/postgresql:ro,size=1m --shm-size=128m --tmpfs=/tmp:mode=1777,size=64m --log-opt=max-size=10m --log-opt=max-file=3',
].flatMap((line) => line.split(' '));

/** The words after `docker` that run the image with `words`. */
export function runWords(words: readonly string[], options: ContainerOptions = {}): string[] {
  const { name, network = 'none', alias, memory = '300m', detach = false, entrypoint } = options;
  const { image = inject('image'), volumes = [], env = {} } = options;
  return [
    'run',
    ...CONFINED,
    `--memory=${memory}`,
    `--network=${network}`,
    ...(detach ? ['--detach'] : []),
    name === undefined ? '--rm' : `--name=${name}`,
    ...(alias === undefined ? [] : [`--network-alias=${alias}`]),
    ...(entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
    ...volumes.map((volume) => `--volume=${volume}`),
    ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
    image,
    ...words,
  ];
}
