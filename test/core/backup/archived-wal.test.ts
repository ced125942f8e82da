import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { type ArchiveWaiter, awaitBackupWal } from '../../../lib/core/backup/archived-wal.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { claimTestLineage, lsnAt, segment, walSegment } from '../../support/wal-fixture.ts';
import { NEVER_ARCHIVED } from '../../support/archiver-state.ts';

/**
 * A wait for segments 2 and 3, with a note in 4, all of which are in the store; the server says in turn
 * that it has archived `said`. Gives how often it was asked.
 */
async function waited(said: readonly (string | undefined)[]): Promise<number> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  for (const number of [2, 3]) {
    const name = segment(number);
    await putSealed(store, lineage.keys.wal(name), walSegment(name), { epoch: 1 });
  }
  let asked = 0;
  const waiter: ArchiveWaiter = {
    store,
    lineage,
    timeoutMs: 1_000,
    clock: { now: () => new Date(0), elapsedMs: () => 0, sleep: async () => undefined },
    server: {
      switchWal: async (options) => {
        const name = segment(4);
        const bytes = Buffer.from(walSegment(name));
        bytes.write(options?.note ?? '', 10_000);
        await putSealed(store, lineage.keys.wal(name), bytes, { epoch: 1 });
        return lsnAt(5);
      },
      archiver: async () => {
        const lastArchivedFile = said[Math.min(asked, said.length - 1)];
        asked += 1;
        return { ...NEVER_ARCHIVED, lastArchivedFile };
      },
    },
  };
  await awaitBackupWal(waiter, 1, segment(2), segment(3));
  return asked;
}

describe('awaitBackupWal', () => {
  test('waits for the server to be told, also when the store has it all', async () => {
    expect(await waited([undefined, segment(2), segment(3), segment(4)])).toBe(4);
    expect(await waited([segment(7)])).toBe(1);
  });

  test('takes the file of a backup for what comes after its segment', async () => {
    expect(await waited([`${segment(3)}.00000028.backup`, `${segment(4)}.00000028.backup`])).toBe(
      2,
    );
  });

  test('takes nothing of another timeline for an answer', async () => {
    expect(await waited(['00000002.history', segment(9, 2), segment(4)])).toBe(3);
  });
});
