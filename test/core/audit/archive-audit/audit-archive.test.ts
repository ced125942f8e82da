import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { type ArchiveLife, beginLife } from './archive-life.ts';

/** WAL 1 to 6 on timeline 1, and a backup in 2. */
async function young(): Promise<{ readonly life: ArchiveLife; readonly backup: string }> {
  const life = await beginLife();
  for (let number = 1; number <= 6; number += 1) await life.archive(number);
  const backup = await life.backUp(2);
  life.wait(1);
  return { life, backup };
}

describe('auditArchive', () => {
  test('measures an archive in order, and finds nothing', async () => {
    const { life, backup } = await young();
    const record = await life.audit();
    expect(record.findings).toEqual({ listed: [], more: 0 });
    expect(record).toMatchObject({ pass: 'full', stage: 'done', fullAt: life.now() });
    expect(record.figures).toMatchObject({
      gaps: 0,
      knownGaps: 0,
      restorableBackups: 1,
      windowShortDays: 0,
      missingIndexes: 0,
      windows: [{ backupId: backup, timeline: 1 }],
    });
    expect(record.figures?.recoverablePoint?.time).toEqual(new Date('2026-11-22T00:06:00.000Z'));
    expect(record.figures?.stored.wal.objects).toBe(6);
    expect(record.figures?.stored.base.objects).toBe(4);
  });

  test('lists everything once a day, and in between what is new', async () => {
    const { life } = await young();
    const passes: string[] = [];
    for (let hour = 0; hour < 50; hour += 1) {
      passes.push((await life.audit()).pass);
      life.wait(1);
    }
    expect(passes.flatMap((pass, hour) => (pass === 'full' ? [hour] : []))).toEqual([0, 24, 48]);
  });

  test('gives the record that is there when it is called again', async () => {
    const { life } = await young();
    const first = await life.audit();
    await life.archive(9);
    expect(await life.audit()).toEqual(first);
  });

  test('finds a gap, and that it was filled', async () => {
    const { life } = await young();
    await life.archive(8);
    life.wait(1);
    expect((await life.audit()).findings.listed).toMatchObject([
      { code: 'WAL-GAP', object: segment(6), severity: 'fault' },
    ]);
    life.wait(1);
    await life.archive(7);
    expect((await life.audit()).findings.listed).toEqual([]);
  });

  test('finds an old gap filled, by looking at the edges of what it knows', async () => {
    const { life } = await young();
    await life.archive(8);
    life.wait(40);
    expect((await life.audit()).figures?.gaps).toBe(1);
    life.wait(1);
    await life.archive(7);
    const record = await life.audit();
    expect(record).toMatchObject({ pass: 'full', figures: { gaps: 0 } });
  });

  test('finds that a segment is gone, though nothing lies behind it', async () => {
    const { life } = await young();
    const { keys } = life.lineage;
    life.remove(keys.wal(segment(6)));
    expect((await life.audit()).findings.listed).toMatchObject([
      { code: 'STORE-ABSENT', object: keys.wal(segment(6)) },
    ]);
  });

  test.each(['part-00001.tar.zst', 'part-00002.tar.zst', 'backup_manifest'])(
    'takes a backup for broken that lacks its %s',
    async (name) => {
      const { life, backup } = await young();
      const object = `${life.lineage.keys.backup(backup).prefix}${name}`;
      life.remove(object);
      const record = await life.audit();
      expect(record.findings.listed).toMatchObject([{ code: 'STORE-ABSENT', object }]);
      expect(record.figures?.restorableBackups).toBe(0);
    },
  );

  test('notes a failed backup once its deadline is over, and never while one is being taken', async () => {
    const { life, backup } = await young();
    life.remove(life.lineage.keys.backup(backup).record);
    expect((await life.audit()).findings.listed).toEqual([]);
    life.wait(24);
    expect((await life.audit()).findings.listed).toMatchObject([
      { code: 'BACKUP-FAILED', severity: 'note' },
    ]);
  });

  test('misses a backup that was whole, and does not once retention let it go', async () => {
    const { life, backup } = await young();
    const { prefix, record } = life.lineage.keys.backup(backup);
    await life.audit();
    for await (const { key } of life.store.list(prefix)) life.remove(key);
    life.wait(1);
    const missed = { code: 'STORE-ABSENT', object: record, severity: 'fault' };
    expect((await life.audit()).findings.listed).toMatchObject([missed]);
    life.wait(30);
    expect((await life.audit()).findings.listed).toMatchObject([missed]);
    await life.letGo([backup], 2);
    life.wait(1);
    expect((await life.audit()).findings.listed).toEqual([]);
  });

  test('takes a record that is gone from a whole backup for a fault', async () => {
    const { life, backup } = await young();
    await life.audit();
    const { record } = life.lineage.keys.backup(backup);
    life.remove(record);
    life.wait(24);
    expect((await life.audit()).findings.listed).toMatchObject([
      { code: 'STORE-ABSENT', object: record, severity: 'fault' },
    ]);
  });

  test('finds what a delete marker hides, until it is brought back; not what retention let go', async () => {
    const { life } = await young();
    const { keys } = life.lineage;
    life.hide(keys.wal(segment(1)), life.now());
    life.hide(keys.walIndex(segment(1)), life.now());
    const { findings } = await life.audit();
    expect(findings.listed.map(({ code, object }) => `${code} ${object}`)).toEqual([
      `VAULT-HIDDEN ${keys.walIndex(segment(1))}`,
      `VAULT-HIDDEN ${keys.wal(segment(1))}`,
    ]);
    life.wait(1);
    expect((await life.audit()).findings.listed).toHaveLength(2);
    await life.letGo([], 2);
    life.wait(24);
    expect((await life.audit()).findings.listed).toEqual([]);
  });

  test('says so when nobody can see what is hidden', async () => {
    const { life } = await young();
    life.store.hidden = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          throw new OpsError('STORE-DENIED', 'no right to see versions');
        },
      }),
    });
    expect((await life.audit()).findings.listed).toMatchObject([
      { code: 'STORE-DENIED', severity: 'fault' },
    ]);
  });

  test('names strangers, and segments that lie at another place', async () => {
    const { life, backup } = await young();
    const { keys } = life.lineage;
    const strangers = [
      `${keys.prefix}notes.txt`,
      `${keys.basePrefix}notes.txt`,
      `${keys.backup(backup).prefix}notes.txt`,
      `${keys.walPrefix}notes.txt`,
      `${keys.walIndexPrefix}00000001/notes.json`,
      `${keys.walPrefix}00000001/${segment(9)}.zst`,
    ];
    for (const key of strangers) await putSealed(life.store, key, Buffer.from('x'), { epoch: 1 });
    const { findings } = await life.audit();
    expect(findings.listed.map(({ object }) => object).toSorted()).toEqual(strangers.toSorted());
    expect(new Set(findings.listed.map(({ code }) => code))).toEqual(new Set(['STORE-KEY']));
    expect(findings.listed.find(({ object }) => object.includes(segment(9)))?.detail).toContain(
      keys.wal(segment(9)),
    );
  });

  test('begins anew, and says so, when the newest record is damaged', async () => {
    const { life } = await young();
    const key = life.lineage.keys.audit((await life.audit()).id);
    life.wait(1);
    life.remove(key);
    const damaged = life.lineage.keys.audit('20261122T013000Z');
    await putSealed(life.store, damaged, Buffer.from('{}'), { epoch: 0 });
    const record = await life.audit();
    expect(record).toMatchObject({ pass: 'full' });
    expect(record.findings.listed).toMatchObject([{ code: 'STORE-CORRUPT', object: damaged }]);
  });

  test('stops when time is up and goes on there, to the same end', async () => {
    const { life } = await young();
    await life.promote(2, [[1, 7]]);
    for (const number of [7, 8, 9]) await life.archive(number, 2);
    const whole = await life.auditAnew();
    let record = await life.audit({ isTimeUp: () => true });
    let audits = 1;
    for (; record.stage !== 'done'; audits += 1) {
      life.wait(0.01);
      record = await life.audit({ isTimeUp: () => true });
    }
    expect(audits).toBeGreaterThan(10);
    expect(record.findings).toEqual(whole.findings);
    expect(record.figures?.stored.wal).toEqual(whole.figures?.stored.wal);
    expect(record.figures?.windows).toEqual(whole.figures?.windows);
  });

  test('tells how many days the window lost, though not of a young cluster', async () => {
    const { life, backup } = await young();
    life.wait(24 * 10);
    for (let number = 7; number <= 9; number += 1) await life.archive(number);
    const newer = await life.backUp(8);
    const young10 = await life.audit();
    expect(young10.figures?.windowShortDays).toBe(0);
    expect(young10.figures?.windowDays).toBeGreaterThan(10);
    for await (const { key } of life.store.list(life.lineage.keys.backup(backup).prefix)) {
      life.remove(key);
    }
    life.wait(1);
    const { figures } = await life.audit();
    expect(figures?.windows).toMatchObject([{ backupId: newer }]);
    expect(figures?.windowShortDays).toBeGreaterThan(0);
  });
});
