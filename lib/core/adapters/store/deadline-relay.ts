import type { Deadline } from './deadline.ts';

type Pull<T> = (next: () => Promise<IteratorResult<T>>) => Promise<IteratorResult<T>>;

/** The items of a store, each within the deadline; their consumer's own time does not count. */
export async function* relayStoresItems<T>(
  source: AsyncIterable<T>,
  deadline: Deadline,
): AsyncGenerator<T> {
  try {
    yield* relay(source, deadline.signal, async (next) => {
      deadline.signal.throwIfAborted();
      deadline.restart();
      const step = await deadline.settle(next());
      deadline.pause();
      return step;
    });
  } finally {
    deadline.stop();
  }
}

/** The items of a caller's own source: the deadline stands still while it produces one. */
export async function* relayCallersItems<T>(
  source: AsyncIterable<T>,
  deadline: Deadline,
): AsyncGenerator<T> {
  yield* relay(source, deadline.signal, async (next) => {
    deadline.pause();
    const step = await untilAborted(next(), deadline.signal);
    deadline.restart();
    return step;
  });
}

async function* relay<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
  pull: Pull<T>,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await pull(async () => iterator.next());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    const closed = Promise.resolve(iterator.return?.());
    // A source that hangs in next() would never answer return() either: its signal must end it.
    if (signal.aborted) closed.catch(() => undefined);
    else await closed;
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
