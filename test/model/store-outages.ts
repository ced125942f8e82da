import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import type { Fault } from '../support/s3-exchange.ts';
import { loseAnswer, refuse, resetBefore } from '../support/s3-faults.ts';
import { closeStore, takeStoreAway } from '../support/store-outage.ts';
import type { World } from './world.ts';

/** A way in which the store is out of reach for a while. */
export interface Outage {
  readonly name: string;
  /** What an agent is refused with that is started meanwhile; `undefined` when it waits. */
  readonly refusal: ErrorCode | undefined;
  /** Gives what ends it. */
  begin(): Promise<() => Promise<void>>;
}

const NETWORK_FAULTS: Readonly<Record<string, Fault>> = {
  'slows down': refuse(503, 'SlowDown'),
  'has an internal error': refuse(500, 'InternalError'),
  'breaks connections': resetBefore,
  'loses its answers': loseAnswer,
};

/** All ways in which the store of `world` can be out of reach. */
export function outagesOf({ store, proxy }: World): readonly Outage[] {
  if (proxy === undefined) {
    return [
      { name: 'gone', refusal: 'STORE-MISSING', begin: async () => takeStoreAway(store) },
      { name: 'closed', refusal: 'STORE-DENIED', begin: async () => closeStore(store) },
    ];
  }
  return Object.entries(NETWORK_FAULTS).map(([name, fault]) => ({
    name,
    refusal: undefined,
    begin: async () => {
      proxy.inject({}, fault, { times: Infinity });
      return async () => proxy.heal();
    },
  }));
}
