import { LeaseRecord } from './records.ts';
import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { gather } from './gather.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import { sha256 } from './sha256.ts';

type Lease = Omit<LeaseRecord, 'check'>;

/** When a lease that was given back ran out: past by every clock, also one that is behind its holder's. */
const LONG_OVER = new Date(0);

/** Who wants a lease, and for how long at a time. */
export interface LeaseHolder {
  /** For people: host and process. */
  readonly name: string;
  /** The lease is renewed at a third of this, and others may take it this long after a death. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while holding the lease at `key`, renewed in the background.
 *
 * `work` gets a signal that is aborted, with `STORE-LEASE` as its reason, once the lease is lost,
 * and the fence: a number that grows with every holder.
 *
 * @throws {@link OpsError} `BACKUP-BUSY` while another holder's lease runs.
 */
export async function withLease<T>(
  store: ObjectStore,
  key: string,
  holder: LeaseHolder,
  work: (signal: AbortSignal, fence: number) => Promise<T>,
): Promise<T> {
  const { clock } = holder;
  const taken = await take(store, key, holder);
  const lost = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([lost.signal, ...(holder.signal ? [holder.signal] : [])]);
  let { etag } = taken;
  const renewal = keepAlive();
  try {
    return await work(signal, taken.fence);
  } finally {
    done.abort();
    await renewal;
    if (!lost.signal.aborted) await release();
  }

  async function keepAlive(): Promise<void> {
    let expiresAt = taken.expiresAt;
    while (await pause()) {
      try {
        expiresAt = await renew();
      } catch (error) {
        const isGone = isOpsError(error, 'STORE-LEASE') || clock.now() >= expiresAt;
        if (!isGone) continue;
        lost.abort(leaseLost(key, error));
        return;
      }
    }
  }

  /**
   * A renewal whose answer was lost has been made, and has changed the etag: the lease is still ours. The
   * fence alone would not tell, because it begins anew when somebody removes the lease by hand.
   */
  async function renew(): Promise<Date> {
    const next = { holder: holder.name, fence: taken.fence, expiresAt: expiry(holder) };
    try {
      etag = await write(store, key, next, etag);
      return next.expiresAt;
    } catch (error) {
      if (!isOpsError(error, 'STORE-LEASE')) throw error;
      const standing = await read(store, key, { signal: done.signal });
      const isOurs = standing?.lease.fence === taken.fence && standing.lease.holder === holder.name;
      if (!isOurs) throw error;
      etag = standing.etag;
      return standing.lease.expiresAt;
    }
  }

  async function pause(): Promise<boolean> {
    try {
      await clock.sleep(holder.ttlMs / 3, done.signal);
      return true;
    } catch {
      return false;
    }
  }

  async function release(): Promise<void> {
    try {
      const over = { holder: holder.name, fence: taken.fence, expiresAt: LONG_OVER };
      await write(store, key, over, etag);
    } catch (error) {
      // The work is done and the lease runs out by itself: only its successor waits a little.
      if (!isOpsError(error)) throw error;
    }
  }
}

/**
 * Parses a lease and proves it against its own check: being replaced, it carries no other hash.
 *
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT`.
 */
export function decodeLease(bytes: Uint8Array, key: string): Lease {
  const lease = decodeRecord(LeaseRecord, bytes, key);
  if (lease.check === checkOf(lease)) return lease;
  throw new OpsError('STORE-CORRUPT', `${key} does not match its own check`, {
    hint: 'the lease was damaged: when nothing is at work, remove it by hand (in a folder store, its .versions directory)',
    details: { object: key },
  });
}

/** Who holds the lease now; `undefined` when nobody does. */
export async function leaseHolder(
  store: ObjectStore,
  key: string,
  now: Date,
  options: CallOptions = {},
): Promise<string | undefined> {
  const standing = await read(store, key, options);
  return standing !== undefined && standing.lease.expiresAt > now
    ? standing.lease.holder
    : undefined;
}

async function take(
  store: ObjectStore,
  key: string,
  holder: LeaseHolder,
): Promise<{ readonly etag: string; readonly fence: number; readonly expiresAt: Date }> {
  const standing = await read(store, key, { signal: holder.signal });
  if (standing !== undefined && standing.lease.expiresAt > holder.clock.now()) {
    throw busy(standing.lease.holder, standing.lease.expiresAt);
  }
  const fence = (standing?.lease.fence ?? 0) + 1;
  const expiresAt = expiry(holder);
  try {
    const etag = await write(store, key, { holder: holder.name, fence, expiresAt }, standing?.etag);
    return { etag, fence, expiresAt };
  } catch (error) {
    if (isOpsError(error, 'STORE-LEASE')) throw busy('another that was faster', expiresAt);
    throw error;
  }
}

async function read(
  store: ObjectStore,
  key: string,
  options: CallOptions,
): Promise<{ readonly lease: Lease; readonly etag: string } | undefined> {
  try {
    const body = await store.get(key, options);
    return { lease: decodeLease(await gather(body), key), etag: body.stat.etag };
  } catch (error) {
    if (isOpsError(error, 'STORE-ABSENT')) return undefined;
    throw error;
  }
}

async function write(
  store: ObjectStore,
  key: string,
  lease: Lease,
  ifMatch: string | undefined,
): Promise<string> {
  const record = { ...lease, check: checkOf(lease) };
  return store.replace(key, encodeRecord(LeaseRecord, record), { ifMatch });
}

function checkOf({ holder, fence, expiresAt }: Lease): string {
  return sha256(Buffer.from(JSON.stringify([holder, fence, expiresAt.toISOString()])));
}

function expiry({ clock, ttlMs }: LeaseHolder): Date {
  return new Date(clock.now().getTime() + ttlMs);
}

function busy(name: string, until: Date): OpsError {
  return new OpsError(
    'BACKUP-BUSY',
    `${name} is at work, its lease runs until ${until.toISOString()}`,
    {
      hint: 'wait for it to end; if it died, its lease runs out by itself',
    },
  );
}

function leaseLost(key: string, cause: unknown): OpsError {
  return new OpsError('STORE-LEASE', `the lease ${key} was lost`, {
    cause,
    hint: 'the store was out of reach for too long, or another holder took over: run it again',
  });
}
