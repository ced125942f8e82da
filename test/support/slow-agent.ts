import { setTimeout as delay } from 'node:timers/promises';
import { createCli } from '../../bin/cli/cli.ts';
import { shippingDeps } from '../../bin/cli/shipping.ts';
import { withDeadlines } from '../../lib/core/adapters/store/with-deadlines.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { runAgent } from '../../lib/core/wal/shipping/run-agent.ts';
import { HOLDFAST } from './checkout.ts';

/**
 * An agent on a store that is slow, or answers no put of WAL at all: run by Node with one argument,
 * {@link SlowAgentOptions} in JSON.
 */
export interface SlowAgentOptions {
  readonly store: string;
  readonly cluster: string;
  readonly spool: string;
  readonly dataDir: string;
  /** Milliseconds before and after each put of WAL; `'for ever'` never answers. */
  readonly delayMs: number | 'for ever';
}

const { delayMs, ...options } = JSON.parse(process.argv[2] ?? '{}') as SlowAgentOptions;
const stopping = new AbortController();
// Never "once": see bin/holdfast.ts.
process.on('SIGTERM', () => stopping.abort(new Error('told to stop')));
const { env, stdout, stderr } = process;
const cli = createCli({ env, stdout, stderr, program: HOLDFAST, signal: stopping.signal }, false);
const deps = await shippingDeps(options, cli);
await runAgent(
  { ...deps, store: withDeadlines(slow(deps.store)) },
  { parallel: 4, stop: stopping.signal },
);

function slow(store: ObjectStore): ObjectStore {
  return {
    ...store,
    putIfAbsent: async (key, body, putOptions) => {
      if (!key.includes('/wal/')) return store.putIfAbsent(key, body, putOptions);
      // Deaf to its signal, as a file system that hangs.
      if (delayMs === 'for ever') return new Promise(() => undefined);
      await delay(delayMs);
      const outcome = await store.putIfAbsent(key, body, putOptions);
      await delay(delayMs);
      return outcome;
    },
  };
}
