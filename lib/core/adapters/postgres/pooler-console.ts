import { readFile } from 'node:fs/promises';
import { Pooler } from '../../contract/pooler.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { Pool, PoolerConsole } from '../../ports/pooler-console.ts';
import type { ConnectionOptions } from './connection.ts';
import { withSession } from './sql-session.ts';

/** Which console, and by which files. */
export interface PoolerConsoleOptions extends Pick<
  ConnectionOptions,
  'host' | 'port' | 'sslMode' | 'sslRootCert'
> {
  /** Read at each call: a new one comes with each start of the pooler. */
  readonly passwordFile: string;
}

/** Columns of `SHOW POOLS`; there are more. Numbers are text where they are said to be long. */
interface PoolRow {
  readonly database: string;
  readonly user: string;
  readonly cl_active: number | string;
  readonly cl_waiting: number | string;
  readonly sv_active: number | string;
  readonly maxwait: number | string;
  readonly maxwait_us: number | string;
}

const MICRO = 1_000_000;

/** The console of the pooler there; every call opens and closes a connection of its own. */
export function openPoolerConsole({
  passwordFile,
  ...server
}: PoolerConsoleOptions): PoolerConsole {
  return {
    pools: async (options) => {
      const password = await readPassword(passwordFile);
      const login = { user: Pooler.STATS_USER, database: Pooler.CONSOLE, password };
      // It knows none of the server's settings, and no protocol but the simple one.
      const session = { ...options, settings: {} };
      return withSession({ ...server, ...login }, session, async (sql) => {
        const rows = await sql.unsafe<PoolRow[]>('SHOW POOLS').simple();
        return rows.map(poolOf);
      });
    },
  };
}

function poolOf(row: PoolRow): Pool {
  return {
    database: row.database,
    user: row.user,
    clientsActive: Number(row.cl_active),
    clientsWaiting: Number(row.cl_waiting),
    serversActive: Number(row.sv_active),
    maxWaitSec: Number(row.maxwait) + Number(row.maxwait_us) / MICRO,
  };
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new OpsError('PG-CONNECT', `the pooler's password cannot be read from ${path}`, {
      cause,
      hint: 'the host makes it when it prepares the cluster: has it, and may this account read it?',
    });
  }
}
