import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { withLease } from '../../lib/core/store/lease.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { nextSegment } from '../../lib/core/wal/segment.ts';
import type { AgentProcess } from '../support/agent-process.ts';
import { copyDataDirectory, putBack } from '../support/data-directories.ts';
import { breakArchiving } from '../support/in-place-cluster.ts';
import { readWal } from '../support/pg-wal-files.ts';
import {
  type HoldfastEnding,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { readStoredWal, storedKeys } from '../support/stored-wal.ts';

const MIB = 1024 * 1024;
const REASON = 'a snapshot of Sunday was put back';

let cluster: ProtectedCluster;
let dataDirectory: string;
let snapshot: string;
let agent: AgentProcess;
/** Last segment of the history that the snapshot does not have. */
let lastOfOther: string;

beforeAll(async () => {
  cluster = await startProtectedCluster();
  ({ dataDirectory } = cluster.server);
  snapshot = join(cluster.directory, 'snapshot');
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function takeSnapshot(): Promise<void> {
  await cluster.server.stop();
  await copyDataDirectory(dataDirectory, snapshot);
  await cluster.server.start();
}

/** Runs a verb on the store, as JSON; gives its document, or its error. */
async function ask(...words: readonly string[]): Promise<Record<string, unknown>> {
  const [verb = '', ...more] = words;
  const store = ['--store', cluster.storeUrl, '--cluster', 'orders', '--json'];
  const { stdout } = await cluster.holdfast([verb, ...store, ...more]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function resolve(...words: readonly string[]): Promise<Record<string, unknown>> {
  return ask('resolve', '--data-dir', dataDirectory, ...words);
}

function reason({ exitCode, stderr }: HoldfastEnding): unknown {
  return { exitCode, code: /ERROR ([A-Z]+-[A-Z]+)/.exec(stderr)?.[1] };
}

describe('a snapshot of the data directory put back under a living agent', () => {
  test('goes on correctly when nothing was archived since', async () => {
    agent = cluster.startAgent();
    expect((await cluster.holdfast(['backup', ...storeWords()])).exitCode).toBe(0);
    await cluster.writeSegments(2);
    await cluster.drained();
    await takeSnapshot();
    await cluster.sql('CREATE TABLE lost ()');
    await cluster.server.stop('immediate');
    await putBack(snapshot, dataDirectory);
    await cluster.server.start();
    await cluster.writeSegments(2);
    await cluster.drained();
    const { different, gaps } = await readStoredWal(cluster);
    expect({ different, gaps }).toEqual({ different: [], gaps: [] });
    expect(await agent.stop()).toBe(0);
  });

  test('is refused before one byte is stored when the store went on, however far it writes', async () => {
    agent = cluster.startAgent();
    await cluster.writeSegments(3);
    await cluster.drained();
    // Its shutdown ends one more.
    await cluster.server.stop();
    lastOfOther = (await readStoredWal(cluster)).segments.at(-1) ?? '(none)';
    await putBack(snapshot, dataDirectory);
    const before = await storedKeys(cluster);
    await cluster.server.start();
    expect(await agent.exited).toBe(53);
    const end = await cluster.writeSegments(12);
    expect(end > lastOfOther).toBe(true);
    // What the store has of it lies behind the redo position by now.
    await cluster.sql('CHECKPOINT');
    expect(reason(await cluster.holdfast(['agent', ...cluster.agentWords()]))).toEqual({
      exitCode: 53,
      code: 'WAL-DIVERGED',
    });
    expect(await storedKeys(cluster)).toEqual(before);
  });
});

function storeWords(): readonly string[] {
  return ['--store', cluster.storeUrl, '--cluster', 'orders'];
}

describe('resolve', () => {
  test('refuses what is in order, and whoever gives no reason', async () => {
    const before = await storedKeys(cluster);
    const first = (await readStoredWal(cluster)).different[0] ?? '(none)';
    const nothing = ['--segment', nextSegment(lastOfOther, MIB), '--reason', REASON];
    for (const words of [nothing, ['--segment', first]]) {
      expect(await resolve(...words, '--execute')).toMatchObject({
        error: { code: 'WAL-RESOLVE' },
      });
    }
    expect(await storedKeys(cluster)).toEqual(before);
  });

  test('lists the poisoned names with the command for them, and changes nothing by itself', async () => {
    const before = await storedKeys(cluster);
    const { different } = await readStoredWal(cluster);
    const [first = '(none)'] = different;
    const [row] = (await resolve())['resolvable'] as readonly Record<string, string>[];
    expect(row).toMatchObject({ kind: 'poisoned', firstSegment: first, lastSegment: lastOfOther });
    expect(row?.['command']).toContain(`holdfast resolve --segment ${first} --reason`);
    const planned = await resolve('--segment', lastOfOther, '--reason', REASON);
    expect(planned).toMatchObject({ firstSegment: first, backupId: null });
    expect(await storedKeys(cluster)).toEqual(before);
  });

  test('frees the archiver, keeps what it could not archive, and anchors; interrupted, it goes on', async () => {
    const words = ['--segment', lastOfOther, '--reason', REASON, '--by', 'ann', '--execute'];
    const { different } = await readStoredWal(cluster);
    const { keys } = await cluster.lineage();
    const holder = { name: 'another', ttlMs: 60_000, clock: systemClock };
    await withLease(cluster.store, keys.lease('backup'), holder, async () => {
      expect(await resolve(...words)).toMatchObject({ error: { code: 'BACKUP-BUSY' } });
    });
    // As whoever keeps it running would.
    agent = cluster.startAgent();
    const done = await resolve(...words);
    expect(done).toMatchObject({ kind: 'poisoned', reason: REASON, by: 'ann' });
    await cluster.drained();
    const gapId = String(done['gapId']);
    for (const name of different) {
      const kept = keys.gapSegment(gapId, name, sha256(await readWal(dataDirectory, name)));
      expect(await cluster.store.head(kept)).toBeDefined();
    }
    const after = await storedKeys(cluster);
    expect(await resolve(...words)).toEqual(done);
    expect(await storedKeys(cluster)).toEqual(after);
    expect(await ask('verify', '--deep')).toMatchObject({ ok: true, findings: [] });
    const { windows, gaps } = await ask('windows');
    expect(gaps).toMatchObject([{ known: [{ id: gapId, by: 'ann', reason: REASON }] }]);
    expect((windows as readonly object[]).at(-1)).toMatchObject({ backupId: done['backupId'] });
    expect(await resolve()).toMatchObject({ resolvable: [] });
  });
});

describe('resolve of segments that were lost', () => {
  test('waits for what may still come, and anchors what cannot', async () => {
    const { keys } = await cluster.lineage();
    // No one-shot push may ship it either. PostgreSQL itself forgets a mark without its file.
    const mendArchiving = await breakArchiving(cluster);
    const first = await cluster.writeSegments(1);
    await cluster.writeSegments(1);
    expect(await resolve('--gap', first, '--reason', REASON)).toMatchObject({
      error: { code: 'WAL-RESOLVE' },
    });
    for (const path of [first, `archive_status/${first}.ready`]) {
      await rm(join(dataDirectory, 'pg_wal', path));
    }
    await mendArchiving();
    agent = cluster.startAgent();
    await cluster.drained();
    expect(await cluster.store.head(keys.wal(first))).toBeUndefined();
    const words = ['--gap', first, '--reason', 'the disk was full'];
    const done = await resolve(...words, '--execute');
    expect(done).toMatchObject({ kind: 'missing', gapId: `${first}-missing` });
    expect(await ask('verify')).toMatchObject({ ok: true, findings: [] });
    const { archive } = await ask('status');
    const known = { by: done['by'], reason: 'the disk was full', anchor: done['backupId'] };
    expect(archive).toMatchObject({ gaps: [{}, { missing: 1, known: [known] }] });
  });
});

describe('a copy in the place of the data directory', () => {
  test('is fenced: it has another inode', async () => {
    await cluster.server.stop();
    await rename(dataDirectory, `${dataDirectory}.old`);
    await copyDataDirectory(`${dataDirectory}.old`, dataDirectory);
    const before = await storedKeys(cluster);
    expect(reason(await cluster.holdfast(['agent', ...cluster.agentWords()]))).toEqual({
      exitCode: 46,
      code: 'WAL-FENCED',
    });
    expect(await storedKeys(cluster)).toEqual(before);
  });
});
