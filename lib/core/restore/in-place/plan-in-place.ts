import { OpsError } from '../../errors/ops-error.ts';
import type { ClusterSurvey, MovingDirectory } from '../../ports/cluster-place.ts';
import { type InPlaceJournal, setAsidePath } from './in-place-journal.ts';

/** Room that a recovery needs behind one path. */
export interface RoomNeed {
  readonly path: string;
  readonly bytes: number;
}

/** What a journal begins with, besides what moves. */
export interface JournalFacts {
  readonly id: string;
  /** The one that the old server wrote. */
  readonly timeline: number;
  /** What a recovery into another directory would need. */
  readonly neededBytes: number;
}

/** Room on one file system. */
export interface Room {
  /** One of the paths on it. */
  readonly path: string;
  readonly neededBytes: number;
  readonly freeBytes: number;
}

/**
 * The journal with which a recovery in the place of the surveyed cluster begins.
 *
 * @throws {@link OpsError} `RESTORE-IN-PLACE` when a directory cannot be renamed, with the bytes that
 *   a recovery beside it would need.
 */
export function planJournal(
  survey: ClusterSurvey,
  { id, timeline, neededBytes }: JournalFacts,
): InPlaceJournal {
  const [own, ...targets] = survey.moving;
  if (own === undefined) throw new TypeError('a survey begins with the data directory');
  const stuck = survey.moving.find(({ obstacle }) => obstacle !== undefined);
  if (stuck !== undefined) throw immovable(stuck, stuck.obstacle ?? '', neededBytes);
  const nested = survey.moving.find(({ path }) =>
    survey.moving.some((other) => path.startsWith(`${other.path}/`)),
  );
  if (nested !== undefined) throw immovable(nested, 'lies in another one that moves', neededBytes);
  return {
    format: 1,
    id,
    dataDirectory: own.path,
    links: targets.flatMap(({ path, link }) =>
      link === undefined ? [] : [{ ...link, target: path }],
    ),
    timeline,
    phase: 'setting-aside',
    made: {},
  };
}

/** What moves where, for people: the data directory first. */
export function movesOf({ id, dataDirectory, links }: InPlaceJournal): readonly {
  readonly from: string;
  readonly to: string;
}[] {
  const paths = [dataDirectory, ...links.map(({ target }) => target)];
  return paths.map((from) => ({ from, to: setAsidePath(from, id) }));
}

/** Adds up what is needed on each file system. A path that does not move counts as the first. */
export function planRooms(survey: ClusterSurvey, needs: readonly RoomNeed[]): readonly Room[] {
  const rooms = new Map<string, Room>();
  for (const { path, bytes } of needs) {
    const place = survey.moving.find((each) => each.path === path) ?? survey.moving[0];
    if (place === undefined) continue;
    const known = rooms.get(place.device);
    rooms.set(place.device, {
      path: known?.path ?? place.path,
      neededBytes: (known?.neededBytes ?? 0) + bytes,
      freeBytes: place.freeBytes,
    });
  }
  return [...rooms.values()];
}

/** @throws {@link OpsError} `RESTORE-SPACE`, with the bytes that are missing. */
export function assertRooms(rooms: readonly Room[]): void {
  for (const { path, neededBytes, freeBytes } of rooms) {
    const missing = neededBytes - freeBytes;
    if (missing <= 0) continue;
    throw new OpsError(
      'RESTORE-SPACE',
      `the file system of ${path} has no room for a recovery beside the old files: ${missing} of ${neededBytes} bytes are missing`,
      {
        hint: 'free space there, or enlarge it: nothing that is set aside is ever removed to make room',
        details: { path, missingBytes: missing, neededBytes },
      },
    );
  }
}

function immovable({ path, link }: MovingDirectory, why: string, neededBytes: number): OpsError {
  const what = link === undefined ? path : `${path}, to which ${link.name} leads,`;
  return new OpsError('RESTORE-IN-PLACE', `${what} cannot be set aside: it ${why}`, {
    hint: `recover into a directory beside it, which needs ${neededBytes} bytes, and move the server there`,
    details: { path, neededBytes },
  });
}
