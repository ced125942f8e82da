import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { nextSegment } from '../../lib/core/wal/segment.ts';
import type { AgentProcess } from '../support/agent-process.ts';
import { offerFile, readWal, withdrawFile } from '../support/pg-wal-files.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { removeObject } from '../support/store-tampering.ts';
import { storedKeys } from '../support/stored-wal.ts';

const MIB = 1024 * 1024;
const SYSTEM_IDENTIFIER_AT = 24;
const SECOND_PAGE_ADDRESS_AT = 8192 + 8;

let cluster: ProtectedCluster;
let dataDirectory: string;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = await startProtectedCluster();
  ({ dataDirectory } = cluster.server);
});
afterAll(async () => cluster[Symbol.asyncDispose]());

beforeEach(async () => {
  agent = cluster.startAgent();
  await agent.logged('agent.started');
  await cluster.drained();
});

/** The name `ahead` segments after `name`: far enough that PostgreSQL does not come to it. */
function farAhead(name: string): string {
  return `${name.slice(0, 16)}${(Number.parseInt(name.slice(16), 16) + 64).toString(16).toUpperCase().padStart(8, '0')}`;
}

describe('the agent refuses, and goes on with others', () => {
  test('other bytes under a name that the store has: WAL-CONFLICT with both hashes', async () => {
    const last = await cluster.writeSegments(1);
    await cluster.drained();
    const { keys } = await cluster.lineage();
    const poisoned = nextSegment(last, MIB);
    const foreign = Buffer.alloc(MIB, 7);
    await putSealed(cluster.store, keys.wal(poisoned), foreign, { epoch: 1 });
    const before = await storedKeys(cluster);
    await cluster.writeSegments(1);
    const refusal = await agent.logged('wal.segment.refused', { wal_segment: poisoned });
    expect(refusal).toMatchObject({
      error_code: 'WAL-CONFLICT',
      level: 'error',
      offered_sha256: sha256(await readWal(dataDirectory, poisoned)),
      stored_sha256: sha256(foreign),
    });
    // Stored behind the other history's segment, what follows would look continuous with it.
    const end = await cluster.writeSegments(2);
    await agent.logged('wal.segment.refused', { wal_segment: poisoned, attempt: 2 });
    expect(await storedKeys(cluster)).toEqual(before);
    // Only a human may do this; here it lets PostgreSQL go on.
    await removeObject(cluster.store, keys.wal(poisoned));
    await cluster.drained();
    expect(await cluster.store.head(keys.wal(end))).toBeDefined();
  });

  const tornFiles = [
    {
      what: 'a page of another address',
      code: 'WAL-PAGE',
      tear: (bytes: Buffer) => bytes.fill(0xff, SECOND_PAGE_ADDRESS_AT, SECOND_PAGE_ADDRESS_AT + 8),
    },
    {
      what: 'a segment of another system',
      code: 'WAL-IDENTITY',
      tear: (bytes: Buffer) => bytes.fill(0x11, SYSTEM_IDENTIFIER_AT, SYSTEM_IDENTIFIER_AT + 8),
    },
    {
      what: 'a segment cut short',
      code: 'WAL-PAGE',
      tear: (bytes: Buffer) => bytes.subarray(0, MIB / 2),
    },
    {
      what: 'a segment under the name of another',
      code: 'WAL-PAGE',
      tear: (bytes: Buffer) => bytes,
    },
  ];

  test.for(tornFiles)('$what: $code', async ({ code, tear }) => {
    const name = await cluster.writeSegments(1);
    await cluster.drained();
    const bytes = await readWal(dataDirectory, name);
    // The first page must claim the name's own address, or that would be the fault.
    const torn = farAhead(name);
    const isRenamed = tear(Buffer.from(bytes)).equals(bytes);
    if (!isRenamed) {
      const address = BigInt(`0x${torn.slice(8, 16)}`) * 2n ** 32n;
      bytes.writeBigUint64LE(address + BigInt(Number.parseInt(torn.slice(16), 16) * MIB), 8);
    }
    await offerFile(dataDirectory, torn, tear(bytes));
    await agent.logged('wal.segment.refused', { wal_segment: torn, error_code: code });
    const { keys } = await cluster.lineage();
    expect(await cluster.store.head(keys.wal(torn))).toBeUndefined();
    const next = await cluster.writeSegments(1);
    await agent.logged('wal.segment.archived', { wal_segment: next });
    await withdrawFile(dataDirectory, torn);
  });

  test('a mark whose name PostgreSQL would not archive is passed over', async () => {
    await offerFile(dataDirectory, 'notes.txt', 'not WAL');
    const last = await cluster.writeSegments(1);
    await agent.logged('wal.segment.archived', { wal_segment: last });
    const shipped = (await agent.log()).map(({ wal_segment: name }) => name);
    expect(shipped).not.toContain('notes.txt');
    await withdrawFile(dataDirectory, 'notes.txt');
  });
});
