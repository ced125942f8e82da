import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect, type Server } from 'node:net';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** What AWS has for a host, as its stand-in reads it; and what the host asked of it. */
export interface Cloud extends AsyncDisposable {
  readonly folder: string;
  /** What is called from now on, as the stand-in notes it: `ec2 attach-volume …`. */
  calls(): Promise<readonly string[]>;
  /** Sets, or with `undefined` removes, a file that the stand-in reads. */
  set(name: CloudFile, text: string | undefined): Promise<void>;
  get(name: CloudFile): Promise<string>;
  /** Puts the tar of a bundle where the parameter says. */
  publish(bundle: string): Promise<void>;
}

type CloudFile =
  | 'host-config'
  | 'volume-state'
  | 'volume-device'
  | 'volume-serial'
  | 'instance-id'
  | 'user-data'
  | 'console'
  | 'host.env'
  | 'aws-is-down';

/** A cloud in `folder`, whose ports are reached by the machine through sockets there. */
export async function openCloud(folder: string, ports: readonly number[]): Promise<Cloud> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'calls'), '');
  const servers = await Promise.all(ports.map(async (port) => forward(folder, port)));
  return {
    folder,
    calls: async () => linesOf(await readFile(join(folder, 'calls'), 'utf8')),
    set: async (name, text) => {
      if (text === undefined) await rm(join(folder, name), { force: true });
      else await writeFile(join(folder, name), text);
    },
    get: async (name) => readFile(join(folder, name), 'utf8'),
    publish: async (bundle) => {
      await copyFile(bundle, join(folder, 'bundle.tar'));
      const sha256 = createHash('sha256')
        .update(await readFile(bundle))
        .digest('hex');
      await writeFile(join(folder, 'host-bundle'), `s3://assets/bundle.tar ${sha256}`);
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) server.close();
    },
  };
}

async function forward(folder: string, port: number): Promise<Server> {
  const server = createServer((client) => {
    const target = connect(port, '127.0.0.1');
    client.on('error', () => target.destroy()).on('close', () => target.destroy());
    target.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(target).pipe(client);
  });
  server.listen(join(folder, `${port}.socket`));
  await once(server, 'listening');
  return server;
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.trimEnd().split('\n');
}
