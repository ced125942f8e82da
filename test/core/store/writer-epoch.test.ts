import { describe, expect, test } from 'vitest';
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
    expect(await claimWriter(archive, SELF, false)).toEqual({
      epoch: 1,
      timeline: 1,
      acceptEpochs: [],
    });
    expect(await currentWriter(archive.store, archive.lineage)).toEqual({
      ...SELF,
      epoch: 1,
      since: archive.clock.now(),
    });
  });

  test('lets the same server keep its epoch, also when it asks to take over', async () => {
    const archive = await newArchive();
    const first = await claimWriter(archive, SELF, false);
    await archive.clock.advance(60_000);
    expect(await claimWriter(archive, SELF, false)).toEqual(first);
    expect(await claimWriter(archive, SELF, true)).toEqual(first);
    expect(await writerKeys(archive)).toHaveLength(1);
  });

  test.each([
    ['instance', { ...SELF, instance: 'i-2' }],
    ['volume', { ...SELF, volume: 'vol-2' }],
    ['inode', { ...SELF, dataDirInode: '18' }],
  ])('refuses another %s and names it', async (what, self) => {
    const archive = await newArchive();
    await claimWriter(archive, SELF, false);
    const refusal = await refusalOf(claimWriter(archive, self, false));
    expect(refusal).toMatchObject({ code: 'WAL-FENCED', details: { epoch: 1 } });
    expect(refusal.message).toContain(what);
    expect(await writerKeys(archive)).toHaveLength(1);
  });

  test('lets another take over when it is told to, with all earlier epochs as its past', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF, false);
    await claimWriter(archive, OTHER, true);
    expect(await claimWriter(archive, SELF, true)).toEqual({
      epoch: 3,
      timeline: 1,
      acceptEpochs: [1, 2],
    });
    expect(await codeOf(claimWriter(archive, OTHER, false))).toBe('WAL-FENCED');
  });

  test('gives its own data directory the next epoch after a promotion', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF, false);
    const promoted = await claimWriter(archive, { ...SELF, timeline: 2 }, false);
    expect(promoted).toEqual({ epoch: 2, timeline: 2, acceptEpochs: [1] });
  });

  test('refuses another server’s promotion', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF, false);
    expect(await codeOf(claimWriter(archive, { ...OTHER, timeline: 2 }, false))).toBe('WAL-FENCED');
  });

  test('refuses its own data directory on an older timeline', async () => {
    const archive = await newArchive();
    await claimWriter(archive, { ...SELF, timeline: 3 }, false);
    const refusal = await refusalOf(claimWriter(archive, { ...SELF, timeline: 2 }, false));
    expect(refusal.code).toBe('WAL-FENCED');
    expect(refusal.message).toContain('timeline 3');
  });

  test('lets exactly one of two take over at once', async () => {
    const archive = await newArchive();
    await claimWriter(archive, SELF, false);
    const claims = [OTHER, { ...SELF, instance: 'i-3' }].map(async (self) =>
      claimWriter(archive, self, true),
    );
    const outcomes = await Promise.allSettled(claims);
    const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(lost).toEqual([expect.objectContaining({ code: 'WAL-FENCED' })]);
    expect(await writerKeys(archive)).toHaveLength(2);
  });

  test('gives one epoch to two programs of one server that begin at once', async () => {
    const archive = await newArchive();
    const later = { ...archive, clock: fakeClock(new Date('2026-11-22T00:00:00.005Z')) };
    const claims = await Promise.all([
      claimWriter(archive, SELF, false),
      claimWriter(later, SELF, false),
    ]);
    expect(claims.map(({ epoch }) => epoch)).toEqual([1, 1]);
  });

  test('refuses when the newest record cannot be read', async () => {
    const archive = await newArchive();
    await archive.store.replace(archive.lineage.keys.writer(1), Buffer.from('{}'), {
      ifMatch: undefined,
    });
    expect(await codeOf(claimWriter(archive, SELF, true))).toBe('STORE-CORRUPT');
  });

  test('finds the newest of more than ten epochs', async () => {
    const archive = await newArchive();
    for (let turn = 0; turn < 12; turn += 1) {
      await claimWriter(archive, { ...SELF, instance: `i-${turn}` }, true);
    }
    expect((await currentWriter(archive.store, archive.lineage))?.epoch).toBe(12);
  });
});

describe('assertStillWriter', () => {
  test('lets the writer go on until another takes over', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    const claim = await claimWriter(archive, SELF, false);
    await expect(assertStillWriter(store, lineage, claim)).resolves.toBeUndefined();
    const next = await claimWriter(archive, OTHER, true);
    expect(await codeOf(assertStillWriter(store, lineage, claim))).toBe('WAL-FENCED');
    await expect(assertStillWriter(store, lineage, next)).resolves.toBeUndefined();
  });
});
