import {
  type DatabaseCollation,
  OBSERVED_SETTINGS,
  type ServerDescription,
  type Tablespace,
} from '../../ports/cluster-server.ts';
import { onlyRow, type Session } from './sql-session.ts';

interface SettingRow {
  readonly name: string;
  readonly setting: string;
  readonly pending_restart: boolean;
}

interface IdentityRow {
  readonly system_identifier: string;
  readonly server_version: string;
  readonly server_version_num: string;
  readonly data_directory: string;
  readonly in_recovery: boolean;
  /** Current segment on a primary, `null` on a standby. */
  readonly segment: string | null;
  readonly checkpoint_timeline: number;
  readonly recovery_timeline: number;
}

const VERSIONS_PER_MAJOR = 10_000;
const TIMELINE_DIGITS = 8;
const HEX = 16;

/** Reads everything a {@link ServerDescription} holds, in one session. */
export async function describeServer(sql: Session): Promise<ServerDescription> {
  const identity = await readIdentity(sql);
  const all = await sql<SettingRow[]>`SELECT name, setting, pending_restart FROM pg_settings`;
  const byName = new Map(all.map(({ name, setting }) => [name, setting]));
  const observed = OBSERVED_SETTINGS.map((name) => [name, byName.get(name)] as const);
  return {
    systemIdentifier: identity.system_identifier,
    major: Math.floor(Number(identity.server_version_num) / VERSIONS_PER_MAJOR),
    serverVersion: identity.server_version,
    timeline: timelineOf(identity),
    segmentBytes: Number(byName.get('wal_segment_size')),
    dataDirectory: identity.data_directory,
    inRecovery: identity.in_recovery,
    settings: Object.fromEntries(observed.filter(([, setting]) => setting !== undefined)),
    pendingRestart: all.filter((row) => row.pending_restart).map(({ name }) => name),
    tablespaces: await readTablespaces(sql),
    collations: await readCollations(sql),
  };
}

async function readIdentity(sql: Session): Promise<IdentityRow> {
  const rows = await sql<IdentityRow[]>`
    SELECT system_identifier::text,
           current_setting('server_version') AS server_version,
           current_setting('server_version_num') AS server_version_num,
           current_setting('data_directory') AS data_directory,
           pg_is_in_recovery() AS in_recovery,
           CASE WHEN NOT pg_is_in_recovery()
                THEN pg_walfile_name(pg_current_wal_lsn()) END AS segment,
           timeline_id AS checkpoint_timeline,
           min_recovery_end_timeline AS recovery_timeline
      FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()`;
  return onlyRow(rows);
}

/**
 * The control file's checkpoint lags behind a promotion, so a primary's timeline is taken from the
 * segment it writes; a standby's from what it has replayed, which may be past its last restartpoint.
 */
function timelineOf(identity: IdentityRow): number {
  if (identity.segment !== null) {
    return Number.parseInt(identity.segment.slice(0, TIMELINE_DIGITS), HEX);
  }
  return Math.max(identity.checkpoint_timeline, identity.recovery_timeline);
}

async function readTablespaces(sql: Session): Promise<readonly Tablespace[]> {
  const rows = await sql<Tablespace[]>`
    SELECT oid::text, spcname AS name, pg_tablespace_location(oid) AS location
      FROM pg_tablespace
     WHERE spcname NOT IN ('pg_default', 'pg_global')
     ORDER BY oid`;
  return [...rows];
}

/** ICU and built-in locales stand in `daticulocale` (15, 16) or `datlocale` (17 on), hence the JSON. */
async function readCollations(sql: Session): Promise<readonly DatabaseCollation[]> {
  const rows = await sql<DatabaseCollation[]>`
    SELECT datname AS database,
           coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', datcollate) AS collate,
           datctype AS ctype,
           datlocprovider::text AS provider,
           datcollversion AS version
      FROM pg_database d
     ORDER BY datname`;
  return [...rows];
}
