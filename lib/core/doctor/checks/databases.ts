import { type Check, fail, ok, type Verdict, warn } from '../check.ts';
import { bytes, count, span } from '../amounts.ts';
import { identifier, statement, word } from '../fixes.ts';
import type { SlotFacts } from '../../ports/server-inspector.ts';

/** WAL that an idle slot may keep before somebody should look. */
const RETAINED_WARN_BYTES = 10 * 1024 ** 3;
/** An older prepared transaction is one that its coordinator has forgotten. */
const PREPARED_WARN_SEC = 3_600;

/** What is in the databases that a backup or a recovery depends on. */
export const DATABASE_CHECKS: readonly Check[] = [
  {
    id: 'slots',
    area: 'databases',
    about: 'no replication slot is lost, and none keeps WAL for nobody',
    judge: (see) => judgeSlots(see('slots')),
  },
  {
    id: 'prepared-transactions',
    area: 'databases',
    about: 'no prepared transaction was forgotten: it holds its locks after a recovery too',
    judge: (see) => {
      const { count: prepared, oldestSec } = see('prepared');
      if (prepared === 0) return ok('none');
      const saw = `${count(prepared, 'transaction')}, the oldest for ${span(oldestSec)}`;
      if (oldestSec < PREPARED_WARN_SEC) return ok(saw);
      return warn(
        saw,
        `psql -c "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared"  # then COMMIT PREPARED or ROLLBACK PREPARED`,
      );
    },
  },
  {
    id: 'collation-versions',
    area: 'databases',
    about: 'text sorts as it did when the indexes were built',
    judge: (see) => {
      const changed = see('databases').filter(
        ({ recordedVersion, actualVersion }) =>
          recordedVersion !== undefined && recordedVersion !== actualVersion,
      );
      const [first] = changed;
      if (first === undefined) return ok('as recorded');
      const names = changed
        .map(
          ({ name, recordedVersion, actualVersion }) =>
            `${name}: made with ${recordedVersion}, here ${actualVersion ?? 'none'}`,
        )
        .join('; ');
      const database = identifier(first.name);
      return warn(
        names,
        `psql -d ${word(first.name)} ${statement(`REINDEX DATABASE ${database}`)} ${statement(`ALTER DATABASE ${database} REFRESH COLLATION VERSION`)}  # each database named`,
      );
    },
  },
  {
    id: 'page-checksums',
    area: 'databases',
    about: 'the server has found no damaged page',
    judge: (see) => {
      const damaged = see('databases').filter(({ checksumFailures }) => checksumFailures > 0);
      if (damaged.length === 0) return ok('none');
      return fail(
        damaged.map((one) => `${one.name}: ${one.checksumFailures} failures`).join('; '),
        'holdfast recover --to latest --data-dir /var/tmp/compared  # and compare; then find the disk at fault',
      );
    },
  },
  {
    id: 'tablespaces',
    area: 'databases',
    about: 'which tablespaces a restore must map',
    judge: (see) => {
      const { tablespaces } = see('server');
      if (tablespaces.length === 0) return ok('none besides the built-in ones');
      const maps = tablespaces.map(({ name, location }) => `${name} at ${location}`).join(', ');
      return ok(`${maps}: recover takes --tablespace-mapping for each`);
    },
  },
  {
    id: 'unlogged-tables',
    area: 'databases',
    about: 'which tables come back empty',
    judge: (see) => {
      const { count: tables, databases } = see('unlogged');
      if (tables === 0) return ok('no unlogged table');
      return ok(`${count(tables, 'unlogged table')} in ${databases.join(', ')}`);
    },
  },
];

function judgeSlots(slots: readonly SlotFacts[]): Verdict {
  const drop = ({ name }: SlotFacts): string =>
    `psql -c "SELECT pg_drop_replication_slot('${name}')"  # if nobody comes back for it`;
  const lost = slots.find(({ walStatus }) => walStatus === 'lost');
  if (lost !== undefined) {
    return fail(`${lost.name} has lost WAL that its reader still needed`, drop(lost));
  }
  const endangered = slots.find(({ walStatus }) => walStatus === 'unreserved');
  if (endangered !== undefined) {
    return fail(
      `${endangered.name} loses its WAL at the next checkpoint`,
      `psql -c "SELECT pid, state FROM pg_stat_replication"  # start its reader again, now`,
    );
  }
  const idle = slots
    .filter(({ isActive, retainedBytes }) => !isActive && retainedBytes > RETAINED_WARN_BYTES)
    .toSorted((a, b) => b.retainedBytes - a.retainedBytes)[0];
  if (idle !== undefined) {
    return warn(`${idle.name} is idle and keeps ${bytes(idle.retainedBytes)} of WAL`, drop(idle));
  }
  const inactive = slots.find(({ isActive }) => !isActive);
  if (inactive !== undefined) {
    return warn(`nobody reads ${inactive.name}, which keeps WAL`, drop(inactive));
  }
  return ok(slots.length === 0 ? 'none' : count(slots.length, 'slot'));
}
