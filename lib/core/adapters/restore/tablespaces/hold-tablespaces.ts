import { constants } from 'node:fs';
import { lchown, mkdir, open, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TABLESPACES_FOLDER } from '../../../ports/data-directory.ts';
import type { HeldTablespaces, RoomNeed, TablespacePlace } from '../../../ports/tablespace-site.ts';
import { isWithin } from '../../../restore/tablespaces/place-tablespaces.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import type { FileOwner } from '../../system/file-owner.ts';
import { syncDirectory } from '../../system/sync-directory.ts';
import { assertRoomFor, syncFileSystem } from '../file-system.ts';
import { OwnedTree } from '../owned-tree.ts';
import { withinRoom } from '../room.ts';
import { writeMark } from '../unfinished-mark.ts';
import { assertOwned, inspectPlace, namesIn, unfit } from './inspect-place.ts';
import { markPlace, TABLESPACE_MARK, unmarkPlace } from './tablespace-mark.ts';
import { makeTemporaryLink, removeTemporaryLink } from './temporary-link.ts';

const OWNER_ONLY = 0o700;
const VERSION_FOLDER = /^PG_\d/;

/**
 * Looks at all new places of a recovery's tablespaces. Throws as {@link inspectPlace}.
 *
 * @param dataDirectory - its real path.
 */
export async function inspectPlaces(
  places: readonly TablespacePlace[],
  dataDirectory: string,
  owner: FileOwner | undefined,
): Promise<void> {
  const paths: string[] = [];
  for (const place of places) {
    const { path } = await inspectPlace(place, dataDirectory, owner);
    const other = paths.find((known) => isWithin(path, known) || isWithin(known, path));
    if (other !== undefined) throw unfit(path, `and ${other} are not apart`);
    paths.push(path);
  }
}

/** Takes all new places. The caller has claimed the data directory. */
export async function holdTablespaces(
  places: readonly TablespacePlace[],
  dataDirectory: string,
  owner: FileOwner | undefined,
): Promise<HeldTablespaces> {
  const folder = join(dataDirectory, TABLESPACES_FOLDER);
  const trees = new Map<string, OwnedTree>();
  await inspectPlaces(places, dataDirectory, owner);
  // Known to the next try, whatever that one asks for.
  await writeMark(
    dataDirectory,
    places.map(({ from, to }) => ({ from, to })),
  );
  for (const place of places) {
    const tree = new OwnedTree(await takePlace(place, dataDirectory, owner), owner);
    for (const oid of place.oids) trees.set(oid, tree);
  }
  const passing = places.filter(
    ({ createdAt, from, to }) => createdAt !== undefined && from !== to,
  );
  const removeLinks = async (): Promise<void> => {
    for (const { from, to } of passing) await removeTemporaryLink(from, to);
  };

  return {
    trees,
    assertRoom: async (more: RoomNeed) => {
      await assertRoomFor([more, ...places.map(({ to, bytes }) => ({ path: to, bytes }))]);
    },
    link: async () => {
      for (const { to, oids } of places) {
        await syncFileSystem(to);
        for (const oid of oids) await makeLink(to, join(folder, oid), owner);
      }
      await syncDirectory(folder);
      for (const { from, to } of passing) {
        await makeTemporaryLink(from, to).catch((cause: unknown) => {
          throw unfit(from, 'cannot be a link while WAL is replayed', cause);
        });
      }
    },
    settle: async () => {
      // Links in a folder that its owner may not write cannot be changed.
      await makeOwnerOnly(folder);
      for (const oid of await readdir(folder)) {
        await settleLink(join(folder, oid), places, owner);
      }
      await syncDirectory(folder);
      await removeLinks();
    },
    finish: async () => {
      for (const { to } of places) await unmarkPlace(to);
    },
    [Symbol.asyncDispose]: removeLinks,
  };
}

/** Makes, empties and marks one place; gives its path without links. */
async function takePlace(
  place: TablespacePlace,
  dataDirectory: string,
  owner: FileOwner | undefined,
): Promise<string> {
  const { path, occupancy } = await inspectPlace(place, dataDirectory, owner);
  if (occupancy === 'absent') {
    await mkdir(path, { mode: OWNER_ONLY }).catch((cause: unknown) => {
      throw unfit(path, 'cannot be made', cause);
    });
    if (owner !== undefined) await lchown(path, owner.uid, owner.gid);
    await assertOwned(path, owner);
  } else {
    await makeOwnerOnly(path);
  }
  for (const name of (await namesIn(path)) ?? []) {
    if (name !== TABLESPACE_MARK) await rm(join(path, name), { recursive: true, force: true });
  }
  if (occupancy === 'unfinished') return path;
  if (occupancy === 'outlived') await unmarkPlace(path);
  await withinRoom(path, async () => markPlace(path, dataDirectory)).catch((cause: unknown) => {
    if (errorCodeOf(cause) !== 'EEXIST') throw cause;
    throw unfit(path, 'was taken by another recovery at this moment', cause);
  });
  return path;
}

/** Leads what replay left to the new place; a tablespace that WAL drops leaves a link to nothing. */
async function settleLink(
  link: string,
  places: readonly TablespacePlace[],
  owner: FileOwner | undefined,
): Promise<void> {
  const target = await readlink(link).catch(() => undefined);
  const place = places.find(({ from, to }) => target === from || target === to);
  if (target === undefined || place === undefined) return;
  const isDropped = !(await readdir(place.to)).some((name) => VERSION_FOLDER.test(name));
  if (isDropped) await rm(link);
  else if (target !== place.to) {
    await rm(link);
    await makeLink(place.to, link, owner);
  }
}

async function makeLink(to: string, link: string, owner: FileOwner | undefined): Promise<void> {
  await symlink(to, link);
  if (owner !== undefined) await lchown(link, owner.uid, owner.gid);
}

/** Follows no link. */
async function makeOwnerOnly(path: string): Promise<void> {
  const folder = await open(path, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await folder.chmod(OWNER_ONLY);
  } finally {
    await folder.close();
  }
}
