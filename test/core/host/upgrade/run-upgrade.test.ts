import { describe, expect, test } from 'vitest';
import type { UpgradeRequest } from '../../../../lib/core/host/upgrade/plan-upgrade.ts';
import { runUpgrade } from '../../../../lib/core/host/upgrade/run-upgrade.ts';
import { undoUpgrade, type UpgradeDeps } from '../../../../lib/core/host/upgrade/settle-upgrade.ts';
import {
  fakeDisk,
  type FakeDisk,
  type FakeUpgrade,
  fakeUpgradeSite,
  NEW,
  OLD,
  PLACE,
} from './fake-upgrade-site.ts';

const REQUEST: UpgradeRequest = { to: 18, mode: 'copy', user: 'postgres', jobs: 1, settings: {} };
const LINKED = { ...REQUEST, mode: 'link' } as const;
const KEPT = `${PLACE}.17`;
const UNDONE = `${PLACE}.18-undone`;
const NEW_LINEAGE = `${NEW.systemIdentifier}-18`;
const OLD_LINEAGE = `${OLD.systemIdentifier}-17`;

class Killed extends Error {}

/** A process on `disk`; it is killed at its step number `lastStep`. */
function processOn(disk: FakeDisk, lastStep = Infinity, how: FakeUpgrade = {}): UpgradeDeps {
  let steps = 0;
  const count = (): void => {
    steps += 1;
    if (steps === lastStep) throw new Killed(`at step ${steps}`);
  };
  return {
    site: killedForGood(fakeUpgradeSite(disk, { dies: count, ...how }), () => steps >= lastStep),
    said: () => undefined,
    nameLineage: async (lineage) => {
      count();
      disk.lineage = lineage;
    },
    writeAgain: async () => void (disk.writer = disk.lineage),
    stepped: async () => count(),
  };
}

/** Nothing is tidied up by a process that is dead. */
function killedForGood(site: UpgradeDeps['site'], isDead: () => boolean): UpgradeDeps['site'] {
  return new Proxy(site, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]) => {
        if (isDead()) throw new Killed('is dead');
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
}

/** What lies on the disk, in words. */
function seen({ clusters, journal, lineage }: FakeDisk) {
  const places = [...clusters].map(
    ([path, { major, isWhole, state }]) =>
      `${path}: ${major} ${isWhole ? 'whole' : 'empty'} ${state}`,
  );
  return { places: places.toSorted(), phase: journal?.phase, lineage };
}

const UPGRADED = {
  places: [`${PLACE}.17: 17 whole shut down`, `${PLACE}: 18 whole shut down`],
  phase: 'done',
  lineage: NEW_LINEAGE,
};
const UNTOUCHED = {
  places: [`${PLACE}: 17 whole shut down`],
  phase: undefined,
  lineage: OLD_LINEAGE,
};
/** Every point at which it may be killed. */
const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const;

describe('an upgrade', () => {
  test('sets the old cluster aside and gives its place to the new one', async () => {
    const disk = fakeDisk();
    const result = await runUpgrade(REQUEST, true, processOn(disk));
    expect(seen(disk)).toEqual(UPGRADED);
    expect(result).toMatchObject({ kept: KEPT, lineage: NEW_LINEAGE, oldLineage: OLD_LINEAGE });
  });

  test('leaves nothing when it only checks', async () => {
    const disk = fakeDisk();
    await runUpgrade(REQUEST, false, processOn(disk));
    expect(seen(disk)).toEqual(UNTOUCHED);
  });

  test('is killed at as many points as there are', async () => {
    const last = STEPS.at(-1) ?? 0;
    await expect(runUpgrade(REQUEST, true, processOn(fakeDisk(), last))).resolves.toBeDefined();
    await expect(runUpgrade(REQUEST, true, processOn(fakeDisk(), last - 1))).rejects.toBeInstanceOf(
      Killed,
    );
  });

  test.each(STEPS.slice(0, -1))(
    'killed at step %i, the same call ends as if it had not',
    async (at) => {
      const disk = fakeDisk();
      await expect(runUpgrade(REQUEST, true, processOn(disk, at))).rejects.toBeInstanceOf(Killed);
      await runUpgrade(REQUEST, true, processOn(disk));
      expect(seen(disk)).toEqual(UPGRADED);
      await runUpgrade(REQUEST, true, processOn(disk));
      expect(seen(disk)).toEqual(UPGRADED);
    },
  );

  test.each(STEPS.slice(0, -1))('killed at step %i, it can be taken back', async (at) => {
    const disk = fakeDisk();
    await expect(runUpgrade(REQUEST, true, processOn(disk, at))).rejects.toBeInstanceOf(Killed);
    if (disk.journal !== undefined) await undoUpgrade(true, processOn(disk));
    const { places, ...rest } = seen(disk);
    expect(rest).toEqual({ phase: undefined, lineage: OLD_LINEAGE });
    expect(places).toContain(`${PLACE}: 17 whole shut down`);
    expect(places.filter((place) => !place.startsWith(UNDONE))).toHaveLength(1);
  });

  test('is begun anew when somebody used the old server before its place was taken', async () => {
    const disk = fakeDisk();
    const made = 6;
    await expect(runUpgrade(REQUEST, true, processOn(disk, made))).rejects.toBeInstanceOf(Killed);
    expect(disk.journal?.phase).toBe('made');
    const old = disk.clusters.get(PLACE);
    if (old === undefined) throw new Error('the old cluster is in its place');
    disk.clusters.set(PLACE, { ...old, checkpointLsn: old.checkpointLsn + 0x1000n });
    let lines = 0;
    const site = fakeUpgradeSite(disk);
    const counted = {
      ...site,
      upgrade: async (...args: Parameters<typeof site.upgrade>) => {
        lines += 1;
        return site.upgrade(...args);
      },
    };
    await runUpgrade(REQUEST, true, { ...processOn(disk), site: counted });
    // Checked and upgraded once more, with what was written since.
    expect(lines).toBe(2);
    expect(seen(disk)).toEqual(UPGRADED);
  });

  test.each(['check', 'upgrade'] as const)(
    'whose %s fails leaves the old cluster as it was',
    async (fails) => {
      const disk = fakeDisk();
      await expect(
        runUpgrade(REQUEST, true, processOn(disk, Infinity, { fails })),
      ).rejects.toMatchObject({
        code: 'PG-FAILED',
      });
      expect(seen(disk)).toEqual(UNTOUCHED);
    },
  );

  test('with links that fails late says that there is only the store', async () => {
    const disk = fakeDisk();
    const dying = processOn(disk, Infinity, { fails: 'upgrade' });
    await expect(runUpgrade(LINKED, true, dying)).rejects.toMatchObject({
      code: 'RESTORE-ROLLBACK',
      hint: expect.stringContaining('recover the old lineage'),
    });
    expect(disk.clusters.get(PLACE)?.isWhole).toBe(true);
  });

  test('refuses a cluster whose server runs', async () => {
    const disk = fakeDisk();
    const old = disk.clusters.get(PLACE);
    if (old === undefined) throw new Error('the old cluster is in its place');
    disk.clusters.set(PLACE, { ...old, state: 'in production' });
    await expect(runUpgrade(REQUEST, true, processOn(disk))).rejects.toMatchObject({
      code: 'RESTORE-IN-USE',
    });
  });
});

describe('the way back', () => {
  test.each([1, 2, 3, 4, 5])(
    'killed at step %i, the same call ends as if it had not',
    async (at) => {
      const disk = fakeDisk();
      await runUpgrade(REQUEST, true, processOn(disk));
      await expect(undoUpgrade(true, processOn(disk, at))).rejects.toBeInstanceOf(Killed);
      await expect(runUpgrade(REQUEST, true, processOn(disk))).rejects.toMatchObject({
        code: 'RESTORE-ROLLBACK',
      });
      await undoUpgrade(true, processOn(disk));
      expect(seen(disk)).toEqual({
        places: [`${UNDONE}: 18 whole shut down`, `${PLACE}: 17 whole shut down`].toSorted(),
        phase: undefined,
        lineage: OLD_LINEAGE,
      });
    },
  );

  test('is only told unless it is to be executed', async () => {
    const disk = fakeDisk();
    await runUpgrade(REQUEST, true, processOn(disk));
    const { moves } = await undoUpgrade(false, processOn(disk));
    expect(moves).toEqual([
      { kind: 'rename', from: PLACE, to: UNDONE },
      { kind: 'rename', from: KEPT, to: PLACE },
    ]);
    expect(seen(disk)).toEqual(UPGRADED);
  });

  test('does not exist after links, without an upgrade, or when the old cluster is gone', async () => {
    const linked = fakeDisk();
    await runUpgrade(LINKED, true, processOn(linked));
    const gone = fakeDisk();
    await runUpgrade(REQUEST, true, processOn(gone));
    gone.clusters.delete(KEPT);
    for (const disk of [linked, gone, fakeDisk()]) {
      await expect(undoUpgrade(true, processOn(disk))).rejects.toMatchObject({
        code: 'RESTORE-ROLLBACK',
      });
    }
  });

  test('keeps what an earlier one has kept', async () => {
    const disk = fakeDisk();
    await runUpgrade(REQUEST, true, processOn(disk));
    await undoUpgrade(true, processOn(disk));
    await runUpgrade(REQUEST, true, processOn(disk));
    await expect(undoUpgrade(true, processOn(disk))).rejects.toMatchObject({
      code: 'RESTORE-ROLLBACK',
      details: { path: UNDONE },
    });
    expect(disk.journal?.phase).toBe('done');
  });
});
