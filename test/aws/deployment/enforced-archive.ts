import {
  CreateBucketCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { createS3Client } from '../../../lib/core/adapters/store/s3/s3-client.ts';
import { s3ObjectLocks } from '../../../lib/core/adapters/store/s3/s3-object-locks.ts';
import { S3ObjectStore } from '../../../lib/core/adapters/store/s3/s3-object-store.ts';
import type { ObjectLocks } from '../../../lib/core/ports/object-locks.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { type Exchange, refusal, type SeenRequest } from '../../support/s3-exchange.ts';
import { startS3FaultProxy } from '../../support/s3-fault-proxy.ts';
import type { S3Request } from './s3-access.ts';
import { decide, type Identity, type Vault } from './vault.ts';

const DAY_MS = 86_400_000;

/** An archive on a server that lets through what the vault's policies allow, and nothing else. */
export interface EnforcedArchive extends AsyncDisposable {
  /** The store for `who`; only the one that was asked for last is used. */
  as(who: Identity): ObjectStore;
  /** Locks for the same one. */
  readonly locks: ObjectLocks;
  /** The bucket for the same one, by requests as they are sent. */
  readonly client: S3Client;
  readonly bucket: string;
  /** Requests that were not allowed, and why. */
  readonly refused: readonly string[];
}

/**
 * Puts the policies before a server that does not know them.
 *
 * @param endpoint - the server's.
 */
export async function startEnforcedArchive(
  vault: Vault,
  endpoint: string,
): Promise<EnforcedArchive> {
  const place = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    maxAttempts: 1,
  };
  const bucket = `holdfast-${randomUUID()}`;
  await createLocked(createS3Client({ ...place, endpoint }), bucket);
  const proxy = await startS3FaultProxy(endpoint);
  const client = createS3Client({ ...place, endpoint: proxy.endpoint, kmsKey: vault.keyArn });
  const refused: string[] = [];
  const enforce = (who: Identity) => async (exchange: Exchange) => {
    const request = asRequest(exchange.request, exchange.sent);
    const title = `${request.method} ${exchange.request.key || JSON.stringify(request.query)}`;
    const isAllowed = (one: S3Request): boolean => {
      const { decision, by } = decide(vault, who, one);
      if (decision !== 'allowed') refused.push([title, decision, ...by].join(' '));
      return decision === 'allowed';
    };
    const deny = (): void => exchange.send(refusal(403, 'AccessDenied'));
    if (!isAllowed(request)) return deny();
    const reply = await exchange.forward();
    const isAbsent = reply.status === 404 && request.key !== undefined;
    return isAbsent && !isAllowed({ ...request, isAbsent }) ? deny() : exchange.send(reply);
  };
  return {
    refused,
    client,
    bucket,
    locks: s3ObjectLocks(client, { bucket, prefix: '' }),
    as: (who) => {
      proxy.heal();
      proxy.inject({}, enforce(who), { times: Infinity });
      return new S3ObjectStore(client, { bucket, prefix: '' });
    },
    [Symbol.asyncDispose]: async () => proxy[Symbol.asyncDispose](),
  };
}

function asRequest({ method, key, query, headers }: SeenRequest, sent: Buffer): S3Request {
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return {
    method,
    query: Object.fromEntries(query),
    headers: Object.fromEntries(single),
    ...(key !== '' && { key }),
    ...(query.has('tagging') && { tags: tagsIn(sent.toString()) }),
    ...(query.has('retention') && { lock: lockIn(sent.toString()) }),
  };
}

/** With the lock that the environment gives every object. */
async function createLocked(client: S3Client, Bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 43 } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
  await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
}

function lockIn(xml: string): S3Request['lock'] {
  const [, mode = '', until = ''] =
    /<Mode>(\w+)<\/Mode>.*<RetainUntilDate>([^<]+)<\/RetainUntilDate>/s.exec(xml) ?? [];
  if (mode === '') return undefined;
  return { mode, days: Math.ceil((new Date(until).getTime() - Date.now()) / DAY_MS) };
}

function tagsIn(xml: string): Readonly<Record<string, string>> {
  const tags = xml.matchAll(/<Key>([^<]*)<\/Key><Value>([^<]*)<\/Value>/g);
  return Object.fromEntries([...tags].map(([, name = '', value = '']) => [name, value]));
}
