import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { withLease } from '../../../lib/core/store/lease.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { GapAnchor } from '../../../lib/core/store/records.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { getSealed, putSealed } from '../../../lib/core/store/sealed-object.ts';
import { claimWriter } from '../../../lib/core/store/writer-epoch.ts';
import { codeOf, listKeys } from '../../contract/store-helpers.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { gapRecord, putGap } from '../../support/gap-fixture.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { putSegment, segment, walSegment } from '../../support/wal-fixture.ts';
import { LATER, makeSampleStore, type SampleStore, verifySample } from './sample-store.ts';

let sample: SampleStore;

beforeEach(async () => {
  sample = await makeSampleStore(await temporaryFolder());
});

async function remove(key: string): Promise<void> {
  await rm(join(sample.folder, key));
  await rm(join(sample.folder, `${key}.meta`), { force: true });
}

describe('verifyStore', () => {
  test('finds a whole store in order, at a glance and byte by byte', async () => {
    const keys = await listKeys(sample.store, '');
    const heads = await Array.fromAsync(sample.store.list(''));
    const totals = {
      ok: true,
      checkedObjects: keys.length,
      checkedBytes: heads.reduce((sum, { bytes }) => sum + bytes, 0),
      rebuiltIndexes: 0,
      missingIndexes: 0,
      backups: 1,
      findings: [],
    };
    expect(await verifySample(sample, { deep: false })).toEqual(totals);
    expect(await verifySample(sample, { deep: true })).toEqual(totals);
  });

  test('verifies one backup with the WAL it needs, and nothing else', async () => {
    const { lineage, backup } = sample;
    await remove(lineage.keys.wal(segment(4)));
    await writeFile(join(sample.folder, lineage.keys.prefix, 'stranger'), 'x');
    expect(await verifySample(sample, { backup: backup.id })).toMatchObject({
      ok: true,
      checkedObjects: 6,
    });
    await remove(lineage.keys.wal(segment(3)));
    expect(await verifySample(sample, { backup: backup.id })).toMatchObject({
      findings: [{ code: 'RESTORE-WAL', object: segment(3) }],
    });
  });

  test('takes parts without a record for a failed backup only when none is being taken', async () => {
    const { store, lineage } = sample;
    const part = lineage.keys.backup('20991122T010203Z-00000001-000000010000000000000009').part(1);
    await store.putStream(part, Readable.from([Buffer.from('bytes')]));
    expect(await verifySample(sample, {})).toMatchObject({ findings: [{ code: 'BACKUP-FAILED' }] });
    const holder = { name: 'a test', ttlMs: 60_000, clock: fakeClock(LATER) };
    await withLease(store, lineage.keys.lease('backup'), holder, async () => {
      expect(await verifySample(sample, {})).toMatchObject({ ok: true });
    });
  });

  test('refuses an unknown backup', async () => {
    expect(await codeOf(verifySample(sample, { backup: 'nonsense' }))).toBe('CATALOG-BACKUP');
  });

  test.each([
    ['RESTORE-WAL', 'a segment that the backup needs', segment(3), segment(3)],
    ['WAL-GAP', 'a segment behind the backup', segment(4), segment(3)],
    ['WAL-GAP', 'the first segment of a timeline', segment(5, 2), segment(4)],
    ['STORE-ABSENT', 'a history', '00000002.history', undefined],
  ])('finds with %s that %s is missing', async (code, _, name, at) => {
    const key = sample.lineage.keys.wal(name);
    await remove(key);
    for (const deep of [false, true]) {
      const { findings } = await verifySample(sample, { deep });
      expect(findings).toContainEqual(expect.objectContaining({ code, object: at ?? key }));
    }
  });

  test.each(['part-00001.tar.zst', 'part-00002.tar.zst', 'backup_manifest', 'backup.json'])(
    'finds that %s of a backup is missing',
    async (name) => {
      const { prefix } = sample.lineage.keys.backup(sample.backup.id);
      await remove(`${prefix}${name}`);
      const { findings } = await verifySample(sample, { deep: false });
      expect(findings).toMatchObject([
        {
          code: name === 'backup.json' ? 'BACKUP-FAILED' : 'STORE-ABSENT',
          object: `${prefix}${name}`,
        },
      ]);
    },
  );

  test('finds a record missing in the middle of the epoch log', async () => {
    const key = sample.lineage.keys.writer(1);
    await remove(key);
    const { findings } = await verifySample(sample, { deep: false });
    expect(findings).toMatchObject([{ code: 'STORE-ABSENT', object: key }]);
  });

  test('finds that the record of whoever archived last is missing', async () => {
    const key = sample.lineage.keys.writer(2);
    await remove(key);
    const { findings } = await verifySample(sample, { deep: true });
    expect(findings).toMatchObject([{ code: 'STORE-ABSENT', object: key }]);
  });

  test('finds no fault in epochs that have not archived anything', async () => {
    const { store, lineage } = sample;
    const context = { store, lineage, clock: fakeClock(), log: recordingLog() };
    const other = { instance: 'i-2', volume: 'vol-1', dataDirInode: '17', timeline: 2 };
    await claimWriter(context, other, 'take-over');
    expect(await verifySample(sample)).toMatchObject({ ok: true });
  });

  test('refuses to open a store without its identity', async () => {
    await remove(sample.lineage.keys.identity);
    expect(await codeOf(verifySample(sample))).toBe('STORE-ABSENT');
  });

  test('takes an acknowledged gap for known, once a backup anchors it', async () => {
    const { store, lineage, backup } = sample;
    const key = lineage.keys.wal(segment(4));
    await remove(key);
    const gap = gapRecord('missing', 4);
    await putGap(store, lineage, gap);
    const kept = Buffer.from('torn');
    const keptKey = lineage.keys.gapSegment(gap.id, segment(4), sha256(kept));
    await putSealed(store, keptKey, kept, { epoch: 1 });
    expect(await verifySample(sample)).toMatchObject({
      findings: [{ code: 'WAL-RESOLVE', object: lineage.keys.gap(gap.id) }],
    });
    const anchor = { gapId: gap.id, backupId: backup.id, at: LATER };
    const anchorKey = lineage.keys.gapAnchor(gap.id);
    await putRecord(store, anchorKey, GapAnchor, anchor, { epoch: 0 });
    expect(await verifySample(sample)).toMatchObject({ ok: true });
    await putSealed(store, `${lineage.keys.gapPrefix}notes.txt`, kept, { epoch: 1 });
    expect(await verifySample(sample)).toMatchObject({ findings: [{ code: 'STORE-KEY' }] });
  });

  test('leaves alone what lies under a poisoned name, whatever it is', async () => {
    const { store, lineage } = sample;
    const key = lineage.keys.wal(segment(4));
    const { plain } = await getSealed(store, lineage.keys.wal(segment(3)));
    await remove(key);
    await remove(lineage.keys.walIndex(segment(4)));
    await putSealed(store, key, plain, { epoch: 1 });
    expect(await verifySample(sample)).toMatchObject({ findings: [{ code: 'WAL-PAGE' }] });
    await putGap(store, lineage, gapRecord('poisoned', 4), 'backup-1');
    expect(await verifySample(sample)).toMatchObject({ ok: true });
  });

  test('tells of a backup that cannot be restored, but not when it was given up with its gap', async () => {
    const { store, lineage } = sample;
    await remove(lineage.keys.wal(segment(3)));
    const { findings } = await verifySample(sample);
    expect(findings.map(({ code }) => code)).toContain('RESTORE-WAL');
    await putGap(store, lineage, gapRecord('missing', 3), 'backup-1');
    expect(await verifySample(sample)).toMatchObject({ ok: true });
  });

  test('names strangers wherever they lie, and whoever put them there', async () => {
    const { lineage, backup, store } = sample;
    const { keys } = lineage;
    const strangers = [
      `${keys.prefix}notes.txt`,
      `${keys.basePrefix}notes.txt`,
      `${keys.backup(backup.id).prefix}notes.txt`,
      `${keys.walPrefix}notes.txt`,
      `${keys.walPrefix}00000001/${segment(9)}.zst`,
    ];
    for (const key of strangers) await putSealed(store, key, Buffer.from('x'), { epoch: 1 });
    for (const deep of [false, true]) {
      const { findings } = await verifySample(sample, { deep });
      expect(findings.map(({ object }) => object).toSorted()).toEqual(strangers.toSorted());
      expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['STORE-KEY']));
    }
  });

  test('verifies the rest when a history is damaged', async () => {
    const { lineage, folder } = sample;
    const { keys } = lineage;
    await writeFile(join(folder, keys.wal('00000002.history')), 'x');
    await writeFile(join(folder, keys.wal(segment(6, 2))), 'x');
    const { findings } = await verifySample(sample);
    const objects = findings.map(({ object }) => object);
    expect(objects).toContain(keys.wal('00000002.history'));
    expect(objects).toContain(keys.wal(segment(6, 2)));
  });

  test('finds WAL of another cluster', async () => {
    const { store, lineage } = sample;
    await putSegment(store, lineage, segment(7, 2), { epoch: 2 });
    const foreign = Buffer.from(walSegment(segment(8, 2)));
    foreign.writeBigUInt64LE(1n, 24);
    await putSealed(store, lineage.keys.wal(segment(8, 2)), foreign, { epoch: 2 });
    expect((await verifySample(sample)).findings).toMatchObject([
      { code: 'WAL-IDENTITY', object: lineage.keys.wal(segment(8, 2)) },
    ]);
  });

  test('fails when the store cannot be reached, instead of finding faults in it', async () => {
    const away = new OpsError('STORE-UNAVAILABLE', 'the store is out of reach');
    const store = new Proxy(sample.store, {
      get: (target, property) => {
        if (property !== 'get') return Reflect.get(target, property).bind(target);
        return async (key: string) => {
          if (key.includes('/wal/')) throw away;
          return target.get(key);
        };
      },
    });
    expect(await codeOf(verifySample({ store }))).toBe('STORE-UNAVAILABLE');
  });
});
