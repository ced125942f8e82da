import { describe } from 'vitest';
import { leaseContract } from './store-lease.contract.ts';
import { listContract } from './store-list.contract.ts';
import { putContract } from './store-put.contract.ts';
import { readContract } from './store-read.contract.ts';
import { signalContract } from './store-signal.contract.ts';
import { streamContract } from './store-stream.contract.ts';
import type { OpenStore } from './store-helpers.ts';

/** What every adapter of the `ObjectStore` port must do. `open` gives each test an empty store. */
export function objectStoreContract(name: string, open: OpenStore): void {
  describe(`object store: ${name}`, () => {
    putContract(open);
    streamContract(open);
    readContract(open);
    listContract(open);
    leaseContract(open);
    signalContract(open);
  });
}
