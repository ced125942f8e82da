import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { UpgradeJournal } from '../../../../lib/core/host/upgrade/upgrade-journal.ts';
import type { UpgradeSite } from '../../../../lib/core/ports/upgrade-site.ts';

const MIB = 1024 ** 2;
export const PLACE = '/srv/pgdata';
export const OLD = { major: 17, systemIdentifier: '7300000000000000001' };
export const NEW = { major: 18, systemIdentifier: '7300000000000000002' };

/** What lies in a directory. */
export interface FakeCluster {
  readonly major: number;
  readonly systemIdentifier: string;
  readonly checkpointLsn: bigint;
  readonly state: string;
  /** Whether it has all rows. */
  readonly isWhole: boolean;
  readonly isGivenAway?: boolean;
}

/** A disk that outlives every process that works on it. */
export interface FakeDisk {
  readonly clusters: Map<string, FakeCluster>;
  journal: UpgradeJournal | undefined;
  lineage: string;
  /** The lineage that was written to last. */
  writer: string | undefined;
}

/** A disk with a stopped cluster of the old version. */
export function fakeDisk(): FakeDisk {
  const old = { ...OLD, checkpointLsn: 0x3000028n, state: 'shut down', isWhole: true };
  return {
    clusters: new Map([[PLACE, old]]),
    journal: undefined,
    writer: undefined,
    lineage: `${OLD.systemIdentifier}-${OLD.major}`,
  };
}

/** How `pg_upgrade` behaves there. @param dies - called in its midst. */
export interface FakeUpgrade {
  readonly dies?: () => void;
  readonly fails?: 'check' | 'upgrade';
}

/** What a process sees of such a disk. */
export function fakeUpgradeSite(disk: FakeDisk, { dies, fails }: FakeUpgrade = {}): UpgradeSite {
  const { clusters } = disk;
  const at = (path: string): FakeCluster => {
    const cluster = clusters.get(path);
    if (cluster === undefined) throw new Error(`nothing is at ${path}`);
    return cluster;
  };
  const controlOf = (path: string) => ({
    ...at(path),
    timeline: 1,
    redoLsn: 0n,
    minRecoveryEndLsn: 0n,
    segmentBytes: 16 * MIB,
    checksums: true,
    limits: {},
  });
  return {
    dataDirectory: PLACE,
    hold: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    assertIdle: async (path) => {
      if (clusters.get(path)?.state === 'in production') {
        throw new OpsError('RESTORE-IN-USE', `${path} is in use`);
      }
    },
    readJournal: async () => disk.journal,
    writeJournal: async (journal) => void (disk.journal = journal),
    removeJournal: async () => void (disk.journal = undefined),
    survey: async () => ({
      dataDirectory: PLACE,
      control: controlOf(PLACE),
      taken: [...clusters.keys()].filter((path) => path !== PLACE),
      dataBytes: 0,
      freeBytes: Number.MAX_SAFE_INTEGER,
      waitingSegments: 0,
    }),
    look: async () => (path) => (clusters.has(path) ? 'present' : 'absent'),
    move: async (move) => {
      if (move.kind !== 'rename' || clusters.has(move.to)) throw new Error(JSON.stringify(move));
      clusters.set(move.to, at(move.from));
      clusters.delete(move.from);
    },
    settle: async (path) => {
      const cluster = at(path);
      if (cluster.state === 'shut down') return;
      clusters.set(path, {
        ...cluster,
        state: 'shut down',
        checkpointLsn: cluster.checkpointLsn + 1n,
      });
    },
    isGivenAway: async (path) => at(path).isGivenAway === true,
    discard: async (path) => void clusters.delete(path),
    initialize: async ({ made }) => {
      if (clusters.has(made)) throw new Error(`${made} is not empty`);
      clusters.set(made, { ...NEW, checkpointLsn: 1n, state: 'shut down', isWhole: false });
    },
    upgrade: async ({ made, mode }, { checkOnly }) => {
      const old = at(PLACE);
      const failure = new OpsError('PG-FAILED', 'pg_upgrade failed');
      if (checkOnly) {
        if (fails === 'check') throw failure;
        return;
      }
      clusters.set(PLACE, { ...old, state: 'in production' });
      dies?.();
      const isGivenAway = mode === 'link';
      clusters.set(PLACE, { ...old, checkpointLsn: old.checkpointLsn + 1n, isGivenAway });
      if (fails === 'upgrade') throw failure;
      clusters.set(made, { ...at(made), isWhole: true });
    },
    controlData: async (path) => controlOf(path),
    sync: async () => undefined,
  };
}
