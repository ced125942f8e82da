import { TAR_END, type TarEvent } from '../tar/tar-members.ts';

/** One object of a backup in the making. The next one comes once its chunks are read to their end. */
export interface BackupPiece {
  /** A part is a complete tar; the manifest is the bare file. */
  readonly kind: 'part' | 'manifest';
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Members that went by so far; final once `chunks` has ended. */
  members(): number;
}

/**
 * Cuts the members of a base backup into parts, at the first boundary past `partBytes`. A part is
 * larger than `partBytes` by no more than its last member.
 *
 * @param onBytes - told what goes by.
 */
export async function* splitParts(
  events: AsyncIterator<TarEvent, unknown>,
  partBytes: number,
  onBytes: (bytes: number) => void,
): AsyncGenerator<BackupPiece, void, undefined> {
  let next = await events.next();
  while (next.done !== true) {
    const consumed = Promise.withResolvers<void>();
    let members = 0;

    const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      let bytes = 0;
      while (next.done !== true && bytes < partBytes) {
        for (; next.done !== true; next = await events.next()) {
          const raw = rawBytes(next.value);
          bytes += raw.byteLength;
          onBytes(raw.byteLength);
          yield raw;
          if (next.value.type === 'end') break;
        }
        members += 1;
        next = await events.next();
      }
      yield TAR_END;
      consumed.resolve();
    };

    yield { kind: 'part', chunks: content(), members: () => members };
    await consumed.promise;
  }
}

function rawBytes(event: TarEvent): Uint8Array {
  if (event.type === 'member') return event.headerBytes;
  return event.type === 'data' ? event.bytes : event.padding;
}
