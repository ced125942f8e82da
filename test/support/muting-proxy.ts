import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server on which answers can be lost. */
export interface MutingProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing comes back any more, and nobody is told. */
  readonly mute: () => void;
  /** Cuts every connection. */
  readonly cut: () => void;
}

const HOST = '127.0.0.1';

/** Leads to the socket file `path`; to nowhere, silent from the beginning, without one. */
export async function startMutingProxy(path?: string): Promise<MutingProxy> {
  const sockets = new Set<Socket>();
  let isMute = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (path === undefined) return;
    const behind = connect(path);
    keep(behind);
    client.pipe(behind);
    behind.on('data', (chunk: Buffer) => {
      if (!isMute) client.write(chunk);
    });
    behind.on('close', () => client.destroy());
    client.on('close', () => behind.destroy());
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    mute: () => {
      isMute = true;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
