import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';

/** Few enough to give up on an outage within a function's own time: the call is repeated. */
const ATTEMPTS = 3;

/** The store of a function's cluster, encrypted under its keys. */
export async function functionStore({
  storeUrl,
  kmsKey,
  envelopeKey,
}: {
  readonly storeUrl: string;
  readonly kmsKey: string | undefined;
  readonly envelopeKey?: string | undefined;
}): Promise<ObjectStore> {
  return openObjectStore(storeUrl, { kmsKey, envelopeKey, attempts: ATTEMPTS });
}
