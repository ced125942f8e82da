import pMap from 'p-map';
import type { BackupRecord, PartRecord } from '../store/records.ts';
import { lineageKeys } from '../contract/key-layout.ts';
import { Event } from '../contract/events.ts';
import { OpsError } from '../errors/ops-error.ts';
import {
  type DataDirectory,
  type FileSink,
  type FileTree,
  RECOVERY_FOLDER,
  TABLESPACES_FOLDER,
} from '../ports/data-directory.ts';
import type { Digests } from '../ports/digests.ts';
import type { Log } from '../ports/log.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { digested, DIGESTS_IN_TURN } from '../tar/stream-digest.ts';
import { type FrameBuffers, frameBuffers } from '../tar/frame-buffers.ts';
import { readPart } from '../tar/read-part.ts';
import { readTarMembers, type TarMember } from '../tar/tar-members.ts';
import { ServerFile } from './replay/server-files.ts';

/** What is extracted, from where to where. */
export interface Extraction extends CallOptions {
  readonly store: ObjectStore;
  readonly backup: BackupRecord;
  readonly directory: DataDirectory;
  /** Where files of tablespaces go that do not stay in the data directory, by oid. */
  readonly trees: ReadonlyMap<string, FileTree>;
  /** Parts at a time: about one per core. */
  readonly parallel: number;
  readonly digests: Digests;
  readonly log: Log;
  /** Told the stored bytes that have passed. */
  readonly passed: (bytes: number) => void;
}

/** Where the backup's postgresql.auto.conf waits until the recovery is done. */
export const SET_ASIDE_AUTO_CONF = `${RECOVERY_FOLDER}/${ServerFile.AUTO_CONF}`;

const MANIFEST = 'backup_manifest';
/** A second decoder works while a frame is written: a table's gigabyte is a part, and may be the last. */
const FRAMES_AT_A_TIME = 2;
const FILE_MODE = 0o600;
const IN_TABLESPACE = new RegExp(`^${TABLESPACES_FOLDER}/(\\d+)/(.+)$`);
/** Would make the clone a standby, end its recovery somewhere else, or keep any server from starting. */
const LEFT_OUT = new Set<string>([
  ServerFile.RECOVERY_CONF,
  ServerFile.RECOVERY_SIGNAL,
  ServerFile.STANDBY_SIGNAL,
]);

/**
 * Fetches a base backup and writes its files, several parts at a time, then its manifest. Memory
 * does not depend on the size of the backup or of its files.
 *
 * @throws {@link OpsError} `STORE-CORRUPT` when a byte is not as it was stored; `STORE-ABSENT`;
 *   `BACKUP-TAR` when the backup holds what may not be restored; `RESTORE-SPACE`.
 */
export async function extractBase(extraction: Extraction): Promise<void> {
  const { backup, parallel } = extraction;
  const stop = new AbortController();
  const given = extraction.signal === undefined ? [] : [extraction.signal];
  const signal = AbortSignal.any([stop.signal, ...given]);
  const within = { ...extraction, signal, buffers: frameBuffers() };
  const failures: unknown[] = [];
  const extractOrStop = async (part: PartRecord): Promise<void> => {
    try {
      await extractPart(within, part);
    } catch (error) {
      // The first failure ends the other parts, and nothing is written once this has returned.
      failures.push(error);
      stop.abort();
    }
  };
  await pMap(backup.parts, extractOrStop, { concurrency: parallel });
  if (failures.length > 0) throw failures[0];
  await extractManifest(within);
}

async function extractPart(
  extraction: Extraction & { readonly buffers: FrameBuffers },
  part: PartRecord,
): Promise<void> {
  const key = `${keysOf(extraction).prefix}${part.name}`;
  const { digests, buffers } = extraction;
  const options = { parallel: FRAMES_AT_A_TIME, digests, buffers };
  const plain = readPart(await passing(extraction, key), part, key, options);
  let file: FileSink | undefined;
  try {
    for await (const event of readTarMembers(plain)) {
      if (event.type === 'member') file = await beginMember(extraction, event.member);
      else if (event.type === 'data') await file?.write(event.bytes);
      else {
        await file?.close();
        file = undefined;
      }
    }
  } finally {
    await file?.close();
  }
  extraction.log.info(Event.RESTORE_PART_EXTRACTED, {
    backup_id: extraction.backup.id,
    object_key: key,
    bytes: part.plainBytes,
  });
}

/** Gives a sink for a file that is wanted. */
async function beginMember(
  { directory, trees }: Pick<Extraction, 'directory' | 'trees'>,
  member: TarMember,
): Promise<FileSink | undefined> {
  const { mode, type } = member;
  // PostgreSQL writes empty directories, such as pg_wal, with the prefix and files without.
  const path = member.path.replace(/^\.\//, '');
  if (type === 'symlink') throw linkRefused(path, member.linkTarget);
  const [, oid = '', within = ''] = IN_TABLESPACE.exec(path) ?? [];
  const tree = trees.get(oid);
  if (type === 'directory') {
    await (tree?.makeDirectory(within, mode) ?? directory.makeDirectory(path, mode));
    return undefined;
  }
  if (tree !== undefined) return tree.createFile(within, mode);
  if (LEFT_OUT.has(path)) return undefined;
  const isAutoConf = path === ServerFile.AUTO_CONF;
  return directory.createFile(isAutoConf ? SET_ASIDE_AUTO_CONF : path, mode);
}

async function extractManifest(extraction: Extraction): Promise<void> {
  const { manifest } = extraction.backup;
  const key = keysOf(extraction).manifest;
  const digest = DIGESTS_IN_TURN.begin();
  const file = await extraction.directory.createFile(MANIFEST, FILE_MODE);
  try {
    for await (const bytes of digested(await passing(extraction, key), digest)) {
      await file.write(bytes);
    }
  } finally {
    await file.close();
  }
  if ((await digest.sha256()) === manifest.plainSha256 && digest.bytes() === manifest.plainBytes)
    return;
  throw new OpsError('STORE-CORRUPT', `${key} does not match the hash in its record`, {
    hint: 'the object was damaged after it was stored: choose another backup',
    details: { object: key },
  });
}

async function passing(
  { store, signal, passed }: Extraction,
  key: string,
): Promise<AsyncIterable<Uint8Array>> {
  const { chunks } = await store.get(key, { signal });
  return counted(chunks, passed);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  passed: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    passed(chunk.byteLength);
    yield chunk;
  }
}

function keysOf({ backup }: Extraction): { readonly prefix: string; readonly manifest: string } {
  return lineageKeys(backup).backup(backup.id);
}

function linkRefused(path: string, linkTarget: string): OpsError {
  return new OpsError('BACKUP-TAR', `the backup holds a link from ${path} to ${linkTarget}`, {
    hint: 'no backup of Holdfast does, and what is behind it may be a live server’s: use another one',
    details: { path },
  });
}
