import { OpsError } from '../errors/ops-error.ts';
import type { BaseBackupArchive } from '../ports/base-backup-source.ts';
import { TABLESPACES_FOLDER } from '../ports/data-directory.ts';
import { type TarEvent, readTarMembers } from '../tar/tar-members.ts';
import { withinFolder } from '../tar/tar-folder.ts';
import { BACKUP_LABEL_FILE } from './backup-label.ts';

/** The archives of a base backup as one sequence of members. */
export interface CopiedMembers {
  /**
   * Members of all tars, those of a tablespace below `pg_tblspc/<oid>` as the manifest names them,
   * without the links that lead there. Ends ahead of the manifest.
   *
   * @throws {@link OpsError} `BACKUP-TAR`; what the archives throw.
   */
  readonly events: AsyncGenerator<TarEvent, void, undefined>;
  /** The manifest's chunks; `undefined` while `events` has not ended, or without a manifest. */
  manifest(): AsyncIterable<Uint8Array> | undefined;
  /** Text of `backup_label`; empty before it went by. */
  label(): string;
  /** Plain bytes of files that went by in a tablespace. */
  tablespaceBytes(oid: string): number;
}

type MemberEvent = Extract<TarEvent, { type: 'member' }>;

const MAX_LABEL_BYTES = 64 * 1024;
const OF_TABLESPACE = new RegExp(`^(?:\\./)?${TABLESPACES_FOLDER}/(\\d+)(?:/|$)`);

/** Reads the archives of a base backup one after the other; memory is flat. */
export function copiedMembers(archives: AsyncIterable<BaseBackupArchive>): CopiedMembers {
  const source = archives[Symbol.asyncIterator]();
  const bytes = new Map<string, number>();
  let label: Uint8Array = new Uint8Array();
  let manifest: AsyncIterable<Uint8Array> | undefined;

  const note = (event: TarEvent, path: string): void => {
    if (event.type === 'member') {
      const oid = OF_TABLESPACE.exec(path)?.[1];
      if (oid !== undefined) bytes.set(oid, (bytes.get(oid) ?? 0) + event.member.size);
    } else if (event.type === 'data' && path === BACKUP_LABEL_FILE) {
      label = Buffer.concat([label, event.bytes]).subarray(0, MAX_LABEL_BYTES);
    }
  };

  const events = async function* (): AsyncGenerator<TarEvent, void, undefined> {
    // Not by "for await", which would end the copy ahead of its manifest.
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      const archive = next.value;
      if (archive.kind === 'manifest') {
        manifest = archive.chunks;
        return;
      }
      let path = '';
      let isLink = false;
      for await (const raw of readTarMembers(archive.chunks)) {
        if (raw.type === 'member') isLink = isTablespaceLink(raw.member);
        if (isLink) continue;
        const event = raw.type === 'member' ? placed(raw, archive.tablespace) : raw;
        if (event.type === 'member') path = event.member.path;
        note(event, path);
        yield event;
      }
    }
  };

  return {
    events: events(),
    manifest: () => manifest,
    label: () => Buffer.from(label).toString('utf8'),
    tablespaceBytes: (oid) => bytes.get(oid) ?? 0,
  };
}

/** The same member, where the manifest has it. */
function placed(event: MemberEvent, tablespace: string | undefined): MemberEvent {
  if (tablespace === undefined) return event;
  const folder = `${TABLESPACES_FOLDER}/${tablespace}`;
  const { member, headerBytes } = event;
  return {
    type: 'member',
    member: { ...member, path: `${folder}/${member.path}` },
    headerBytes: withinFolder(headerBytes, folder),
  };
}

/** A link would lead whoever unpacks the tar into the files of the server it came from. */
function isTablespaceLink({
  type,
  path,
}: {
  readonly type: string;
  readonly path: string;
}): boolean {
  if (type !== 'symlink') return false;
  if (OF_TABLESPACE.test(path)) return true;
  throw new OpsError('BACKUP-TAR', `the base backup holds a link besides tablespaces: ${path}`, {
    hint: 'the stream is not a base backup as PostgreSQL makes it',
    details: { path },
  });
}
