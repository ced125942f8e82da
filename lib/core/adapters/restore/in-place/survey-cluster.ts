import { constants } from 'node:fs';
import { access, lstat, readdir, readlink, realpath, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OpsError } from '../../../errors/ops-error.ts';
import type { ClusterSurvey, MovingDirectory } from '../../../ports/cluster-place.ts';
import { TABLESPACES_FOLDER } from '../../../ports/data-directory.ts';
import { listConfiguration } from './kept-configuration.ts';
import { mountPoints } from './mount-points.ts';

interface FoundLink {
  readonly name: string;
  readonly text: string;
  readonly target: string;
}

const WAL_FOLDER = 'pg_wal';
/** What PostgreSQL makes behind each kind of link. */
const WAL_CONTENT = /^archive_status$/;
const TABLESPACE_CONTENT = /^PG_\d+_\d+$/;

/**
 * Looks at a data directory and at everything its links lead to; changes nothing.
 *
 * Links belong to PostgreSQL's account, so what they lead to is judged before anybody else moves it.
 *
 * @throws {@link OpsError} `RESTORE-IN-PLACE` when a link leads nowhere.
 */
export async function surveyCluster(place: string): Promise<ClusterSurvey> {
  const mounts = await mountPoints();
  const { uid } = await lstat(place);
  const links = await findLinks(place);
  const moving: MovingDirectory[] = [await describe(place, undefined, mounts, uid)];
  for (const link of links) moving.push(await describe(link.target, link, mounts, uid));
  return { moving, configuration: await listConfiguration(place) };
}

async function findLinks(place: string): Promise<readonly FoundLink[]> {
  const folder = join(place, TABLESPACES_FOLDER);
  const tablespaces = (await lstat(folder)).isDirectory() ? await readdir(folder) : [];
  const names = [
    WAL_FOLDER,
    ...tablespaces
      .filter((name) => /^\d+$/.test(name))
      .map((oid) => `${TABLESPACES_FOLDER}/${oid}`),
  ];
  const links: FoundLink[] = [];
  for (const name of names) {
    const path = join(place, name);
    if (!(await lstat(path)).isSymbolicLink()) continue;
    const text = await readlink(path);
    const target = await realpath(path).catch((cause: unknown) => {
      throw new OpsError('RESTORE-IN-PLACE', `${path} leads to ${text}, where nothing is`, {
        cause,
        hint: 'mount or bring back what belongs there, or recover into another directory',
        details: { path },
      });
    });
    links.push({ name, text, target });
  }
  return links;
}

async function describe(
  path: string,
  link: FoundLink | undefined,
  mounts: readonly string[] | undefined,
  ownerUid: number,
): Promise<MovingDirectory> {
  const [{ dev }, above] = await Promise.all([stat(path), stat(dirname(path))]);
  const { bavail, bsize } = await statfs(path);
  return {
    path,
    link: link && { name: link.name, text: link.text },
    obstacle:
      mountObstacle(path, mounts, dev === above.dev) ??
      (await parentObstacle(path)) ??
      (link && (await linkObstacle(link, ownerUid))),
    device: String(dev),
    freeBytes: bavail * bsize,
  };
}

function mountObstacle(
  path: string,
  mounts: readonly string[] | undefined,
  isOnParents: boolean,
): string | undefined {
  // Without a table of mounts; with it, a subvolume counts as the plain directory that it is.
  if (mounts === undefined) return isOnParents ? undefined : 'is a mount point';
  if (mounts.includes(path)) return 'is a mount point';
  const inside = mounts.find((mount) => mount.startsWith(`${path}/`));
  return inside === undefined ? undefined : `holds the mount point ${inside}`;
}

/** Half-way is the wrong time to find that a name cannot be changed. */
async function parentObstacle(path: string): Promise<string | undefined> {
  try {
    await access(dirname(path), constants.W_OK);
    return undefined;
  } catch {
    return 'lies in a directory that this account may not write to';
  }
}

async function linkObstacle(
  { name, text, target }: FoundLink,
  ownerUid: number,
): Promise<string | undefined> {
  // The recovered one goes to the place that WAL names, and that link would lead it astray.
  if (name !== WAL_FOLDER && text !== target) return `is reached through another link, ${text}`;
  const found = await lstat(target);
  if (!found.isDirectory()) return 'is not a directory';
  if (found.uid !== ownerUid) return `belongs to account ${found.uid} instead of ${ownerUid}`;
  const content = name === WAL_FOLDER ? WAL_CONTENT : TABLESPACE_CONTENT;
  const names = await readdir(target);
  return names.some((each) => content.test(each)) ? undefined : 'holds nothing of PostgreSQL’s';
}
