import { OpsError } from '../../errors/ops-error.ts';
import type { ControlData } from '../../ports/postgres-instance.ts';
import { type UpgradeMode, upgradePaths } from './upgrade-journal.ts';

/** What is known of a data directory that is to be upgraded. */
export interface UpgradeFacts {
  readonly dataDirectory: string;
  readonly control: ControlData;
  /** Paths beside it that are taken. */
  readonly taken: readonly string[];
  /** Of the files of databases: what a copy takes again. */
  readonly dataBytes: number;
  readonly freeBytes: number;
  /** Segments of which PostgreSQL was not told that they are archived. */
  readonly waitingSegments: number;
}

/** What somebody wants of an upgrade. */
export interface UpgradeRequest {
  readonly to: number;
  readonly mode: UpgradeMode;
  /** Superuser that `initdb` made in the old cluster. */
  readonly user: string;
  /** Databases and files that are worked on at once. */
  readonly jobs: number;
  /** For both servers while they are upgraded, by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What will be run. */
export interface UpgradePlan {
  readonly from: number;
  readonly to: number;
  readonly mode: UpgradeMode;
  /** Directory of the new cluster until it has the place. */
  readonly made: string;
  /** Directory of the old one from then on. */
  readonly kept: string;
  readonly neededBytes: number;
  readonly initdbArguments: readonly string[];
  /** Of `pg_upgrade`, but for what only the machine knows: programs and the sockets' directory. */
  readonly upgradeArguments: readonly string[];
  readonly oldSettings: Readonly<Record<string, string>>;
  readonly newSettings: Readonly<Record<string, string>>;
  /** What the operator should know beforehand. */
  readonly notes: readonly string[];
}

const MIB = 1024 ** 2;
/** Catalogues of a new cluster, its WAL, and the dumps of both. */
const OVERHEAD_BYTES = 512 * MIB;
/** Since this version `initdb` turns checksums on unless it is told otherwise. */
const CHECKSUMS_BY_DEFAULT_SINCE = 18;
/** Since this version `pg_upgrade` brings the planner's statistics along. */
const STATISTICS_SINCE = 18;
/**
 * A schema is restored in transactions that lock each of its tables.
 *
 * @see https://www.postgresql.org/docs/18/pgupgrade.html
 */
const LOCKS = '1024';

/**
 * Plans an upgrade by `pg_upgrade`.
 *
 * The new cluster is made as the old one is: checksums and the size of segments must be the same. Its
 * locale and encoding are those of the old one, whatever `initdb` is told: since 16, `pg_upgrade` sets
 * them.
 *
 * @throws {@link OpsError} `PG-VERSION` when that is no upgrade; `PG-DATA-DIR` when the old server was
 *   not stopped cleanly, or something has the place of what will be made; `RESTORE-SPACE`.
 * @see https://www.postgresql.org/docs/18/pgupgrade.html and PostgreSQL set_locale_and_encoding,
 *   src/bin/pg_upgrade/pg_upgrade.c
 */
export function planUpgrade(facts: UpgradeFacts, request: UpgradeRequest): UpgradePlan {
  const { dataDirectory, control, waitingSegments } = facts;
  const { to, mode, user, jobs, settings } = request;
  const { made, kept } = upgradePaths(dataDirectory, { from: control.major, to });
  const neededBytes = OVERHEAD_BYTES + (mode === 'copy' ? facts.dataBytes : 0);
  refuse(facts, request, [made, kept], neededBytes);
  return {
    from: control.major,
    to,
    mode,
    made,
    kept,
    neededBytes,
    initdbArguments: [
      '--pgdata',
      made,
      `--username=${user}`,
      '--no-locale',
      '--encoding=UTF8',
      `--wal-segsize=${control.segmentBytes / MIB}`,
      ...checksumWords(control.checksums, to),
      '--auth-local=peer',
      '--auth-host=scram-sha-256',
      '--no-sync',
    ],
    upgradeArguments: [
      `--old-datadir=${dataDirectory}`,
      `--new-datadir=${made}`,
      `--username=${user}`,
      `--jobs=${jobs}`,
      ...(mode === 'copy' ? [] : [`--${mode}`]),
    ],
    oldSettings: {
      // What it writes meanwhile stays marked as waiting: the old server's agent ships it if it comes back.
      archive_command: '/bin/false',
      jit: 'off',
      max_locks_per_transaction: LOCKS,
      ...settings,
    },
    newSettings: { jit: 'off', max_locks_per_transaction: LOCKS, ...settings },
    notes: notesOf(request, waitingSegments),
  };
}

function refuse(
  { dataDirectory, control, taken, freeBytes }: UpgradeFacts,
  { to }: UpgradeRequest,
  wanted: readonly string[],
  neededBytes: number,
): void {
  const { major, state } = control;
  if (to <= major) {
    throw new OpsError(
      'PG-VERSION',
      `${dataDirectory} is of PostgreSQL ${major}: ${to} is no upgrade`,
      { hint: 'run it in the image of the newer version', details: { from: major, to } },
    );
  }
  if (state !== 'shut down') {
    throw new OpsError('PG-DATA-DIR', `the server of ${dataDirectory} ended as "${state}"`, {
      hint: 'start it again with its own unit and stop it cleanly; a standby cannot be upgraded: promote it first',
      details: { state },
    });
  }
  const obstacle = wanted.find((path) => taken.includes(path));
  if (obstacle !== undefined) {
    throw new OpsError('PG-DATA-DIR', `${obstacle} is there already`, {
      hint: 'it is of an earlier upgrade or somebody else’s: move it away once nobody needs it',
      details: { path: obstacle },
    });
  }
  const missingBytes = neededBytes - freeBytes;
  if (missingBytes <= 0) return;
  throw new OpsError(
    'RESTORE-SPACE',
    `${dataDirectory} has no room beside it for the upgrade: ${missingBytes} of ${neededBytes} bytes are missing`,
    {
      hint: 'grow the volume; or give up the way back with --link',
      details: { neededBytes, missingBytes },
    },
  );
}

/** @see https://www.postgresql.org/docs/18/app-initdb.html and https://www.postgresql.org/docs/17/app-initdb.html */
function checksumWords(checksums: boolean, to: number): readonly string[] {
  if (checksums) return ['--data-checksums'];
  return to >= CHECKSUMS_BY_DEFAULT_SINCE ? ['--no-data-checksums'] : [];
}

function notesOf({ to, mode }: UpgradeRequest, waitingSegments: number): readonly string[] {
  const isLinked = mode === 'link';
  return [
    ...(isLinked
      ? ['with --link there is no way back: the old cluster cannot be started once the new one was']
      : []),
    ...(waitingSegments === 0
      ? []
      : [
          `segments that were not archived: ${waitingSegments}; the old lineage cannot be recovered past them: start the old server and its agent until none waits`,
        ]),
    ...(to >= STATISTICS_SINCE
      ? []
      : ['the planner has no statistics afterwards: run "vacuumdb --all --analyze-in-stages"']),
    'settings stay behind, those of ALTER SYSTEM too: they lie in the directory that is set aside',
  ];
}
