import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import {
  assertStillWriter,
  type ClaimContext,
  claimWriter,
  currentWriter,
} from '../../../lib/core/store/writer-epoch.ts';
import { codeOf, listKeys, refusalOf } from '../../contract/store-helpers.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { claimTestLineage } from '../../support/wal-fixture.ts';

const SELF = { instance: 'i-1', volume: 'vol-1', dataDirInode: '17', timeline: 1 };
const OTHER = { ...SELF, instance: 'i-2' };

async function newArchive(): Promise<
  ClaimContext & { readonly clock: ReturnType<typeof fakeClock> }
> {
  const store = new MemoryObjectStore();
  return { store, lineage: await claimTestLineage(store), clock: fakeClock(), log: recordingLog() };
}

async function writerKeys({ store, lineage }: ClaimContext): Promise<readonly string[]> {
  return listKeys(store, lineage.keys.writerPrefix);
}

describe('claimWriter', () => {
  test('gives the first writer epoch 1', async () => {
    const archive = await newArchive();
    expect(await currentWriter(archive.store, archive.lineage)).toBeUndefined();
    expect(await claimWriter(archive, SELF)).toEqual({
      epoch: 1,
      timeline: 1,
      acceptEpochs: [],
    });
    expect(await currentWriter(archive.store, archive.lineage)).toEqual({
      ...SELF,
      epoch: 1,
      since: archive.clock.now(),
      by: 'first',
    });
  });

  test('makes no server in recovery the first writer: its primary would be fenced', async () => {
    const archive = await newArchive();
    const standby = { ...archive, isReplaying: true };
    expect(await codeOf(claimWriter(standby, OTHER))).toBe('WAL-FENCED');
    const first = await claimWriter(archive, SELF);
    expect(await claimWriter({ ...archive, isReplaying: true }, SELF)).toEqual(first);
  });

  test('lets the same server keep its epoch, also when it asks to take over', async () => {
    const archive = await newArchive();
    const first = await claimWriter(archive, SELF);
    await archive.clock.advance(60_000);
    expect(await claimWriter(archive, SELF)).toEqual(first);
    expect(await claimWriter(archive, SELF, 'take-over')).toEqual(first);
    expect(await writerKeys(archive)).toHaveLength(1);
  });

  test.each([
    ['instance', { ...SELF, instance: 'i-2' }],
    ['volume', { ...SELF, volume: 'vol-2' }],
    ['inode', { ...SELF, dataDirInode: '18' }],
  ])('refuses another %s and names it', async (what, self) => {
    const archive = await newArchive();
    await claimWriter(archive, SELF);
    const refusal = await refusalOf(claimWriter(archive, self));
    expect(refusal).toMatchObject({ code: 'WAL-FENCED', details: { epoch: 1 } });
    expect(refusal.message).toContain(what);
    expect(await writerKeys(archive)).toHaveLength(1);
  });

  test('gives the writer that it is already another epoch when its lineage is to be the current one', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF);
    const again = await claimWriter({ ...archive, anew: true }, SELF, 'rollback');
    expect(again).toEqual({ epoch: 2, timeline: 1, acceptEpochs: [1] });
    expect(await currentWriter(archive.store, archive.lineage)).toMatchObject({ by: 'rollback' });
  });

  test('lets another take over when it is told to, with all earlier epochs as its past', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF);
    await claimWriter(archive, OTHER, 'take-over');
    expect(await claimWriter(archive, SELF, 'take-over')).toEqual({
      epoch: 3,
      timeline: 1,
      acceptEpochs: [1, 2],
    });
    expect(await codeOf(claimWriter(archive, OTHER))).toBe('WAL-FENCED');
  });

  test('gives its own data directory the next epoch after a promotion', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF);
    const promoted = await claimWriter(archive, { ...SELF, timeline: 2 });
    expect(promoted).toEqual({ epoch: 2, timeline: 2, acceptEpochs: [1] });
  });

  test('moves with its volume to another machine by a boot, and by nothing else', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF);
    const moved = { ...SELF, instance: 'i-2' };
    expect(await codeOf(claimWriter(archive, moved))).toBe('WAL-FENCED');
    expect(await claimWriter(archive, moved, 'boot')).toMatchObject({ epoch: 2 });
    expect(await currentWriter(archive.store, archive.lineage)).toMatchObject({ by: 'boot' });
    expect(await codeOf(claimWriter(archive, SELF))).toBe('WAL-FENCED');
  });

  test.each([
    ['a copy of the volume', { ...OTHER, volume: 'vol-2', timeline: 2 }],
    ['a copy of the data directory', { ...OTHER, dataDirInode: '18', timeline: 2 }],
    ['a copy on the same machine', { ...SELF, dataDirInode: '18', timeline: 2 }],
    ['an older timeline', OTHER],
  ])('does not let %s boot', async (_, self) => {
    const archive = await newArchive();
    await claimWriter(archive, { ...SELF, timeline: 2 });
    expect(await codeOf(claimWriter(archive, self, 'boot'))).toBe('WAL-FENCED');
    expect(await writerKeys(archive)).toHaveLength(1);
  });

  test.each(['in-place', 'rollback'] as const)(
    'gives a new epoch for %s, on an older timeline too, and only once',
    async (grounds) => {
      const archive = await newArchive();
      await claimWriter(archive, { ...SELF, timeline: 2 });
      const back = { ...SELF, dataDirInode: '18' };
      expect(await claimWriter(archive, back, grounds)).toMatchObject({ epoch: 2, timeline: 1 });
      expect(await claimWriter(archive, back, grounds)).toMatchObject({ epoch: 2 });
      expect(await claimWriter(archive, back)).toMatchObject({ epoch: 2 });
      const standing = await currentWriter(archive.store, archive.lineage);
      expect(standing).toMatchObject({ by: grounds, timeline: 1 });
    },
  );

  test('takes no epoch when what else has to hold does not', async () => {
    const archive = await newArchive();
    const prove = async (): Promise<void> => {
      throw new OpsError('WAL-DIVERGED', 'another history');
    };
    expect(await codeOf(claimWriter({ ...archive, prove }, SELF))).toBe('WAL-DIVERGED');
    expect(await writerKeys(archive)).toEqual([]);
    // Who is fenced hears of that first.
    await claimWriter(archive, OTHER);
    expect(await codeOf(claimWriter({ ...archive, prove }, SELF))).toBe('WAL-FENCED');
  });

  test('refuses another server’s promotion', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF);
    expect(await codeOf(claimWriter(archive, { ...OTHER, timeline: 2 }))).toBe('WAL-FENCED');
  });

  test('refuses its own data directory on an older timeline', async () => {
    const archive = await newArchive();
    await claimWriter(archive, { ...SELF, timeline: 3 });
    const refusal = await refusalOf(claimWriter(archive, { ...SELF, timeline: 2 }));
    expect(refusal.code).toBe('WAL-FENCED');
    expect(refusal.message).toContain('timeline 3');
  });

  test('lets exactly one of two take over at once', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF);
    const claims = [OTHER, { ...SELF, instance: 'i-3' }].map(async (self) =>
      claimWriter(archive, self, 'take-over'),
    );
    const outcomes = await Promise.allSettled(claims);
    const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(lost).toEqual([expect.objectContaining({ code: 'WAL-FENCED' })]);
    expect(await writerKeys(archive)).toHaveLength(2);
  });

  test('gives one epoch to two programs of one server that begin at once', async () => {
    const archive = await newArchive();
    const later = { ...archive, clock: fakeClock(new Date('2026-11-22T00:00:00.005Z')) };
    const claims = await Promise.all([claimWriter(archive, SELF), claimWriter(later, SELF)]);
    expect(claims.map(({ epoch }) => epoch)).toEqual([1, 1]);
  });

  test('refuses when the newest record cannot be read', async () => {
    const archive = await newArchive();
    await archive.store.replace(archive.lineage.keys.writer(1), Buffer.from('{}'), {
      ifMatch: undefined,
    });
    expect(await codeOf(claimWriter(archive, SELF, 'take-over'))).toBe('STORE-CORRUPT');
  });

  test('finds the newest of more than ten epochs', async () => {
    const archive = await newArchive();
    for (let turn = 0; turn < 12; turn += 1) {
      await claimWriter(archive, { ...SELF, instance: `i-${turn}` }, 'take-over');
    }
    expect((await currentWriter(archive.store, archive.lineage))?.epoch).toBe(12);
  });
});

describe('assertStillWriter', () => {
  test('lets the writer go on until another takes over', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    const claim = await claimWriter(archive, SELF);
    await expect(assertStillWriter(store, lineage, claim)).resolves.toBeUndefined();
    const next = await claimWriter(archive, OTHER, 'take-over');
    expect(await codeOf(assertStillWriter(store, lineage, claim))).toBe('WAL-FENCED');
    await expect(assertStillWriter(store, lineage, next)).resolves.toBeUndefined();
  });
});
