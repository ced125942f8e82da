import { OpsError } from '../errors/ops-error.ts';
import { TAR_END, type TarEvent } from '../tar/tar-members.ts';
import { BACKUP_LABEL_FILE } from './backup-label.ts';
import { BACKUP_MANIFEST_FILE } from './backup-manifest.ts';

/** One object of a backup in the making. The next one comes once its chunks are read to their end. */
export interface BackupPiece {
  /** A part is a complete tar; the manifest is the bare file. */
  readonly kind: 'part' | 'manifest';
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Members that went by so far; final once `chunks` has ended. */
  members(): number;
}

const MAX_LABEL_BYTES = 64 * 1024;

/**
 * Cuts a base backup into parts, at the first member boundary past `partBytes`, and sets the
 * manifest apart. A part is larger than `partBytes` by no more than its last member.
 */
export async function* splitParts(
  events: AsyncIterator<TarEvent, unknown>,
  partBytes: number,
): AsyncGenerator<BackupPiece, void, undefined> {
  let next = await events.next();
  while (next.done !== true) {
    const kind = isManifest(next.value) ? 'manifest' : 'part';
    const consumed = Promise.withResolvers<void>();
    let members = 0;

    const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      let bytes = 0;
      while (
        next.done !== true &&
        bytes < partBytes &&
        isManifest(next.value) === (kind === 'manifest')
      ) {
        for (; next.done !== true; next = await events.next()) {
          const raw = rawBytes(next.value);
          bytes += raw.byteLength;
          if (kind === 'part' || next.value.type === 'data') yield raw;
          if (next.value.type === 'end') break;
        }
        members += 1;
        next = await events.next();
      }
      if (kind === 'part') yield TAR_END;
      consumed.resolve();
    };

    yield { kind, chunks: content(), members: () => members };
    await consumed.promise;
  }
}

/**
 * Reads the `backup_label` that a base backup starts with.
 *
 * @returns its text, and all events, the label's own included.
 * @throws {@link OpsError} `BACKUP-LABEL` when the first member is another.
 * @see PostgreSQL perform_base_backup, src/backend/backup/basebackup.c
 */
export async function readLabelFirst(
  events: AsyncIterable<TarEvent>,
): Promise<{ readonly label: string; readonly events: AsyncGenerator<TarEvent, void, undefined> }> {
  const source = events[Symbol.asyncIterator]();
  const seen: TarEvent[] = [];
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    const event = next.value;
    seen.push(event);
    if (event.type === 'end') break;
    if (event.type === 'member' && !isLabel(event.member)) throw noLabel(event.member.path);
  }
  if (seen.length === 0) throw noLabel('nothing');
  const data = seen.flatMap((event) => (event.type === 'data' ? [event.bytes] : []));
  return { label: Buffer.concat(data).toString('utf8'), events: replay(seen, source) };
}

async function* replay(
  seen: readonly TarEvent[],
  rest: AsyncIterator<TarEvent, unknown>,
): AsyncGenerator<TarEvent, void, undefined> {
  yield* seen;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function isLabel(member: { readonly path: string; readonly size: number }): boolean {
  return member.path === BACKUP_LABEL_FILE && member.size <= MAX_LABEL_BYTES;
}

function isManifest(event: TarEvent): boolean {
  return event.type === 'member' && event.member.path === BACKUP_MANIFEST_FILE;
}

function rawBytes(event: TarEvent): Uint8Array {
  if (event.type === 'member') return event.headerBytes;
  return event.type === 'data' ? event.bytes : event.padding;
}

function noLabel(found: string): OpsError {
  return new OpsError('BACKUP-LABEL', `the base backup starts with ${found}, not its label`, {
    hint: 'the stream is not a base backup of PostgreSQL 15 or later',
  });
}
