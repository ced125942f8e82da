import type { Socket } from 'node:net';

/**
 * What a paused socket receives from here on, chunk by chunk. A chunk is valid until the next one is
 * asked for, and nothing is received in between: what the system holds back for the socket meanwhile
 * is what keeps its sender busy.
 *
 * `next` rejects with the socket's own error.
 */
export function receivedChunks(socket: Socket): AsyncIterator<Uint8Array, undefined> {
  let waiting: PromiseWithResolvers<IteratorResult<Uint8Array, undefined>> | undefined;
  const over = { done: true, value: undefined } as const;
  socket.on('data', (value) => {
    socket.pause();
    waiting?.resolve({ done: false, value });
  });
  socket.once('close', () => {
    if (socket.errored === null) waiting?.resolve(over);
    else waiting?.reject(socket.errored);
  });
  return {
    next: async () => {
      if (socket.errored !== null) throw socket.errored;
      if (socket.closed) return over;
      waiting = Promise.withResolvers();
      socket.resume();
      return waiting.promise;
    },
  };
}
