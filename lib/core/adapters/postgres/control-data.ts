import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { ControlData } from '../../ports/postgres-instance.ts';
import { parseLsn } from '../../wal/lsn.ts';
import { findPrograms } from './find-programs.ts';
import { runTool } from './run-tool.ts';

/** Settings whose values replay demands, by the name pg_controldata gives them. */
const LIMITS = {
  'max_connections setting': 'max_connections',
  'max_worker_processes setting': 'max_worker_processes',
  'max_wal_senders setting': 'max_wal_senders',
  'max_prepared_xacts setting': 'max_prepared_transactions',
  'max_locks_per_xact setting': 'max_locks_per_transaction',
} as const;

/** How pg_controldata ends when it cannot read what it was given. */
const REFUSED = 1;

/**
 * Reads the control file of a data directory with the `pg_controldata` in `binDirectory`.
 *
 * @throws {@link OpsError} `PG-DATA-DIR` when `dataDirectory` holds no readable cluster;
 *   `PG-VERSION` when the cluster is not of version `major`; `PG-FAILED` when the program was killed.
 */
export async function readControlData(
  binDirectory: string,
  major: number,
  dataDirectory: string,
  options: CallOptions = {},
): Promise<ControlData> {
  const clusterMajor = await readMajor(dataDirectory);
  if (clusterMajor !== major) {
    throw new OpsError(
      'PG-VERSION',
      `${dataDirectory} is of PostgreSQL ${clusterMajor}, the programs in ${binDirectory} of ${major}`,
      { hint: `set PGBIN to the directory of PostgreSQL ${clusterMajor}'s programs` },
    );
  }
  try {
    const text = await runTool(
      join(binDirectory, 'pg_controldata'),
      ['-D', dataDirectory],
      options,
    );
    return parseControlData(text, clusterMajor);
  } catch (cause) {
    // Of one that was killed or could not be started nothing is known about the directory.
    if (!isOpsError(cause, 'PG-FAILED') || cause.details['exitCode'] !== REFUSED) throw cause;
    throw notACluster(dataDirectory, cause);
  }
}

/**
 * Reads the control file of a data directory with programs of its own version, wherever they are.
 *
 * @throws {@link OpsError} `PG-DATA-DIR`; `PG-VERSION` or `PG-TOOLS` when no such programs are here.
 */
export async function readControlFile(
  dataDirectory: string,
  options: CallOptions = {},
): Promise<ControlData> {
  const major = await readMajor(dataDirectory);
  const { binDirectory } = await findPrograms({ major });
  return readControlData(binDirectory, major, dataDirectory, options);
}

/**
 * Parses what `pg_controldata` prints in the C locale, versions 15 to 18.
 *
 * @throws {@link OpsError} `PG-DATA-DIR` when a line is absent or the file's own checksum is wrong.
 * @see PostgreSQL src/bin/pg_controldata/pg_controldata.c
 */
export function parseControlData(text: string, major: number): ControlData {
  if (text.includes('Calculated CRC checksum does not match')) {
    throw new OpsError('PG-DATA-DIR', 'the control file does not match its own checksum', {
      hint: 'the data directory is damaged: recover it from a backup',
    });
  }
  const lines = new Map(
    text.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
  const value = (label: string): string => {
    const found = lines.get(label);
    if (found === undefined || found === '') {
      throw new OpsError('PG-DATA-DIR', `pg_controldata printed no "${label}"`, {
        hint: 'are the programs of the same major version as the data directory?',
      });
    }
    return found;
  };
  return {
    systemIdentifier: value('Database system identifier'),
    major,
    state: value('Database cluster state'),
    timeline: Number(value("Latest checkpoint's TimeLineID")),
    checkpointLsn: parseLsn(value('Latest checkpoint location')),
    redoLsn: parseLsn(value("Latest checkpoint's REDO location")),
    minRecoveryEndLsn: parseLsn(value('Minimum recovery ending location')),
    segmentBytes: Number(value('Bytes per WAL segment')),
    checksums: value('Data page checksum version') !== '0',
    limits: Object.fromEntries(
      Object.entries(LIMITS).map(([label, setting]) => [setting, value(label)]),
    ),
  };
}

async function readMajor(dataDirectory: string): Promise<number> {
  const text = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch((cause: unknown) => {
    throw notACluster(dataDirectory, cause);
  });
  const major = Number(text.trim());
  if (!Number.isInteger(major) || major <= 0) throw notACluster(dataDirectory);
  return major;
}

function notACluster(dataDirectory: string, cause?: unknown): OpsError {
  return new OpsError(
    'PG-DATA-DIR',
    `${dataDirectory} is not a readable PostgreSQL data directory`,
    {
      cause,
      hint: 'name the directory that holds PG_VERSION and global/pg_control ("SHOW data_directory")',
      details: { dataDirectory },
    },
  );
}
