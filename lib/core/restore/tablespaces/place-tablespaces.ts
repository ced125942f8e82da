import { OpsError } from '../../errors/ops-error.ts';
import type { TablespacePlace } from '../../ports/tablespace-site.ts';
import type { BackupSummary } from '../../store/records.ts';
import { formatLsn } from '../../wal/lsn.ts';
import type { CreatedTablespace } from '../plan/placed-target.ts';
import {
  canonical,
  formatTablespaceMapping,
  type TablespaceMapping,
} from './tablespace-mapping.ts';

/** What decides which tablespaces a recovery meets. */
export interface TablespaceSource {
  readonly backup: Pick<BackupSummary, 'id' | 'tablespaces'>;
  readonly createdTablespaces: readonly CreatedTablespace[];
}

/**
 * Where each tablespace of a recovery goes. Nothing goes to its old place unless that is asked for:
 * a live server may have its files there.
 *
 * Tablespaces that were at one place one after the other share the new one too.
 *
 * @throws {@link OpsError} `BACKUP-TABLESPACE` when one is not mapped, with the options to add;
 *   `RESTORE-TABLESPACE` when the mapping names another, or two meet at one place.
 */
export function placeTablespaces(
  source: TablespaceSource,
  mapping: TablespaceMapping,
): readonly TablespacePlace[] {
  const found = locations(source);
  assertKnown(mapping, found);
  const unmapped = found.filter(({ from }) => !mapping.has(from));
  if (unmapped.length > 0) throw notMapped(source, unmapped);
  const places = found.map((place) => ({ ...place, to: mapping.get(place.from) ?? place.from }));
  assertApart(places);
  return places;
}

/** Brings every tablespace of a recovery back to where it was; only for one in place. */
export function identityMapping(source: TablespaceSource): TablespaceMapping {
  return new Map(locations(source).map(({ from }) => [from, from]));
}

/** Whether a recovery meets tablespaces within the data directory, as developers' servers have. */
export function hasInPlaceTablespaces({ backup, createdTablespaces }: TablespaceSource): boolean {
  const all = [...backup.tablespaces, ...createdTablespaces];
  return all.some(({ location }) => !location.startsWith('/'));
}

type Location = Omit<TablespacePlace, 'to'>;

function locations({ backup, createdTablespaces }: TablespaceSource): readonly Location[] {
  const found = new Map<string, Location>();
  for (const { oid, name, location, bytes } of backup.tablespaces) {
    if (!location.startsWith('/')) continue;
    const from = canonical(location);
    const { oids = [], names = [], bytes: others = 0 } = found.get(from) ?? {};
    const joined = { oids: [...oids, oid], names: [...names, name], bytes: others + bytes };
    found.set(from, { from, createdAt: undefined, ...joined });
  }
  for (const { location, lsn } of createdTablespaces) {
    if (location === '') continue;
    const from = canonical(location);
    const known = found.get(from) ?? { from, oids: [], names: [], bytes: 0, createdAt: undefined };
    found.set(from, { ...known, createdAt: known.createdAt ?? lsn });
  }
  return [...found.values()];
}

function assertKnown(mapping: TablespaceMapping, found: readonly Location[]): void {
  const known = found.map(({ from }) => from);
  const stranger = [...mapping.keys()].find((from) => !known.includes(from));
  if (stranger === undefined) return;
  throw misfit(
    `${stranger} is mapped, but no tablespace of this recovery was there`,
    known.length === 0 ? 'it has none: leave the option out' : `they were at ${known.join(', ')}`,
    stranger,
  );
}

function assertApart(places: readonly TablespacePlace[]): void {
  for (const [index, { to }] of places.entries()) {
    const other = places
      .slice(index + 1)
      .find((place) => isWithin(to, place.to) || isWithin(place.to, to));
    if (other === undefined) continue;
    throw misfit(`${to} and ${other.to} are not apart`, 'give each a directory of its own', to);
  }
}

/** Whether `path` is `folder` or lies below it; both canonical. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`);
}

function misfit(message: string, hint: string, path: string): OpsError {
  return new OpsError('RESTORE-TABLESPACE', message, { hint, details: { path } });
}

function notMapped({ backup }: TablespaceSource, unmapped: readonly Location[]): OpsError {
  const said = unmapped.map(({ from, names, createdAt }) =>
    createdAt === undefined
      ? `${names.join(', ')} at ${from}`
      : `one at ${from}, created at ${formatLsn(createdAt)}`,
  );
  const options = unmapped.map(
    ({ from }) => `--tablespace-mapping '${formatTablespaceMapping(from, '/new/place')}'`,
  );
  const created = unmapped.map(({ createdAt }) => createdAt).filter((lsn) => lsn !== undefined);
  const first = created.toSorted((a, b) => (a < b ? -1 : 1))[0];
  const before =
    first === undefined || created.length < unmapped.length
      ? ''
      : `, or recover to a point before: --to ${formatLsn(first)} --exclusive`;
  return new OpsError(
    'BACKUP-TABLESPACE',
    `a recovery from backup ${backup.id} meets tablespaces that are not mapped: ${said.join('; ')}`,
    {
      hint: `say where they go, for a live server may have its files at the old places: ${options.join(' ')}${before}`,
      details: {
        location: unmapped[0]?.from ?? '',
        ...(first === undefined ? {} : { lsn: formatLsn(first) }),
      },
    },
  );
}
