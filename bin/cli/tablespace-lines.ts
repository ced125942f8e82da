import type { TablespacePlace } from '../../lib/core/ports/tablespace-site.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';

/** Where tablespaces go, as data. */
export function tablespaceDocuments(places: readonly TablespacePlace[]): readonly object[] {
  return places.map(({ names, from, to, bytes, createdAt }) => ({
    names,
    from,
    to,
    bytes,
    createdLsn: createdAt === undefined ? null : formatLsn(createdAt),
  }));
}

/** Where tablespaces go, for a person. */
export function tablespaceLines(places: readonly TablespacePlace[]): readonly string[] {
  return places.map(({ names, from, to, createdAt }) => {
    const created = createdAt === undefined ? [] : [`one created at ${formatLsn(createdAt)}`];
    return `tablespace ${[...names, ...created].join(', ')}: ${from}\n           goes to ${to}`;
  });
}
