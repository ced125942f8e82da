import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { bytes } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Num } from '../columns.ts';
import { above, blind, ok, waiting } from '../judgement.ts';
import { perMinute } from '../known.ts';

const MIB = 1024 ** 2;
/** Of the WAL written, by this server or the one that it follows. */
const WAL_BYTES = 'wal.bytes';

/** Checks of what fills the disk. */
export const DISK_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'B3',
    name: 'wal-directory',
    tier: 'B',
    group: 'disk',
    about: 'pg_wal holds no more than max_wal_size and wal_keep_size have it hold',
    needs: 'pg_monitor',
    look: 'SELECT count(*), pg_size_pretty(sum(size)) FROM pg_ls_waldir()',
    source: 'https://www.postgresql.org/docs/current/wal-configuration.html',
    // An empty directory has no sum. What slots may keep is not added: that they do is what this is to tell.
    query: () =>
      'SELECT coalesce(sum(size), 0)::float8 AS bytes, count(*) AS files FROM pg_ls_waldir()',
    row: z.object({ bytes: Num, files: Num }),
    judge: ([row], { server: { settings }, thresholds: { walDirPercent } }) => {
      if (row === undefined) return blind('pg_ls_waldir gave no row');
      const budget = budgetBytes(settings);
      if (budget === undefined) return blind('the server does not say its max_wal_size');
      const percent = (100 * row.bytes) / budget;
      return {
        standing: above(percent, walDirPercent),
        says: `pg_wal has ${bytes(row.bytes)} in ${row.files} files, of ${bytes(budget)} that it should`,
        values: { [Metric.WAL_DIR_PERCENT]: percent },
      };
    },
  }),
  serverCheck({
    id: 'B4',
    name: 'wal-rate',
    tier: 'B',
    group: 'workload',
    about:
      'the rate at which WAL is written is known; how usual it is, the probe of the estate tells',
    needs: 'nothing but a login',
    look: 'SELECT pg_current_wal_lsn(), pg_sleep(10), pg_current_wal_lsn()',
    source: 'https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-BACKUP',
    // A standby writes none, and tells of what it has replayed: NULL, and blind, before the first record.
    query: ({ inRecovery }) =>
      `SELECT pg_wal_lsn_diff(${inRecovery ? 'pg_last_wal_replay_lsn()' : 'pg_current_wal_lsn()'}, '0/0')::float8 AS bytes`,
    row: z.object({ bytes: Num }),
    judge: ([row], known) => {
      if (row === undefined) return blind('the server gave no position in its WAL');
      const counters = { [WAL_BYTES]: row.bytes };
      const minutely = perMinute(known, WAL_BYTES, row.bytes);
      if (minutely === undefined) return waiting(counters);
      const perSec = minutely / 60;
      return ok(`${bytes(Math.round(perSec))} of WAL by the second`, {
        values: { [Metric.WAL_BYTES_PER_SEC]: perSec },
        counters,
      });
    },
  }),
];

/** pg_settings gives both in MiB. */
function budgetBytes(settings: ReadonlyMap<string, string>): number | undefined {
  const most = Number(settings.get('max_wal_size') ?? 0);
  const kept = Number(settings.get('wal_keep_size') ?? 0);
  return most === 0 ? undefined : (most + kept) * MIB;
}
