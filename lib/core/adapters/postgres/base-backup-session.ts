import type { Socket } from 'node:net';
import { OpsError } from '../../errors/ops-error.ts';
import type {
  BaseBackupOptions,
  BaseBackupOutcome,
  BaseBackupStart,
} from '../../ports/base-backup-source.ts';
import { parseLsn } from '../../wal/lsn.ts';
import {
  baseBackupReports,
  type BaseBackupReports,
  isChecksumError,
} from './base-backup-reports.ts';
import { receivedChunks } from './received-chunks.ts';
import type { ReplicationSession } from './replication-session.ts';
import {
  queryMessage,
  rowColumns,
  type ServerMessage,
  type ServerMessages,
  serverMessages,
  type ServerReport,
  serverReport,
} from './server-messages.ts';

/** What a copy is sent as: the head of an archive, then its data. */
export type CopyPiece =
  | { readonly kind: 'tar'; readonly tablespace: string | undefined }
  | { readonly kind: 'manifest' }
  /** Valid until the next piece is asked for. */
  | { readonly kind: 'data'; readonly bytes: Buffer };

/** A copy whose data is about to come. */
export interface CopySession {
  readonly start: BaseBackupStart;
  /** Ends with the outcome once the server has said that the copy is whole. */
  readonly pieces: AsyncGenerator<CopyPiece, BaseBackupOutcome, undefined>;
}

type Row = readonly (string | null)[];

/** Kinds of messages of the protocol, and of what a copy carries in them. */
const Message = { ROWS: 'T', ROW: 'D', COPY: 'H', DATA: 'd', COPIED: 'c', DONE: 'Z' } as const;
const Copied = { ARCHIVE: 'n', MANIFEST: 'm', DATA: 'd', PROGRESS: 'p' } as const;
const ERROR = 'E';
const NOTICE = 'N';
const ARCHIVE_OF_TABLESPACE = /^(\d+)\.tar$/;
const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

/**
 * Asks for a base backup and reads what the server says ahead of it, which may take as long as a
 * checkpoint.
 *
 * @throws {@link OpsError} `BACKUP-FAILED` with what the server said.
 * @see https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-BASE-BACKUP
 */
export async function beginCopy(
  { socket, systemIdentifier }: ReplicationSession,
  options: BaseBackupOptions,
): Promise<CopySession> {
  socket.write(queryMessage(baseBackupCommand(options)));
  const messages = serverMessages(receivedChunks(socket));
  const notices: ServerReport[] = [];
  const results: Row[][] = [];
  for (;;) {
    const { type, body } = expected(await nextMessage(messages));
    if (type === Message.COPY) break;
    if (type === Message.ROWS) results.push([]);
    if (type === Message.ROW) results.at(-1)?.push(rowColumns(body));
    if (type === NOTICE) notices.push(serverReport(body));
  }
  const start = { systemIdentifier, ...copyStart(results) };
  const reports = baseBackupReports(start.tablespaces);
  for (const notice of notices) reports.add(notice);
  return { start, pieces: copyPieces(messages, reports, socket) };
}

/** @see PostgreSQL parse_basebackup_options, src/backend/backup/basebackup.c */
function baseBackupCommand({ label, checkpoint, maxRateKiB }: BaseBackupOptions): string {
  const options = [
    `LABEL '${label.replaceAll("'", "''")}'`,
    // The server estimates the size of all, for its progress view.
    'PROGRESS',
    `CHECKPOINT '${checkpoint}'`,
    ...(maxRateKiB === undefined ? [] : [`MAX_RATE ${maxRateKiB}`]),
    // Whoever asks waits by itself until the WAL is archived: the server looks once a second only.
    'WAIT false',
    // With a map, PostgreSQL 15 leaves out tablespaces within the data directory.
    'TABLESPACE_MAP false',
    "MANIFEST 'yes'",
  ];
  return `BASE_BACKUP (${options.join(', ')})`;
}

async function* copyPieces(
  messages: ServerMessages,
  reports: BaseBackupReports,
  socket: Socket,
): AsyncGenerator<CopyPiece, BaseBackupOutcome, undefined> {
  const pieceOf = pieceReader();
  let isWhole = false;
  let data: Buffer[] = [];
  for (;;) {
    const message = messages.next();
    const piece = message?.type === Message.DATA ? pieceOf(message) : undefined;
    if (piece?.kind === 'data') {
      data.push(piece.bytes);
      continue;
    }
    // What has arrived together goes on together: steps for each message would cost more than a copy.
    if (data.length > 0) yield { kind: 'data', bytes: movedTogether(data) };
    data = [];
    if (piece !== undefined) yield piece;
    if (message === undefined) await awaitMore(messages);
    else if (message.type !== Message.DATA) {
      const { type, body } = expected(message, isWhole);
      if (type === NOTICE) reports.add(serverReport(body));
      if (type === Message.COPIED) isWhole = true;
      if (type === Message.DONE) {
        socket.end(TERMINATE, () => socket.destroy());
        return reports.outcome();
      }
    }
  }
}

/** Joins pieces of one chunk by closing the gaps between them, in place. */
function movedTogether(pieces: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0), ...others] = pieces;
  const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const together = Buffer.from(first.buffer, first.byteOffset, bytes);
  let at = first.byteLength;
  for (const piece of others) {
    together.set(piece, at);
    at += piece.byteLength;
  }
  return together;
}

async function nextMessage(messages: ServerMessages): Promise<ServerMessage> {
  for (;;) {
    const message = messages.next();
    if (message !== undefined) return message;
    await awaitMore(messages);
  }
}

async function awaitMore(messages: ServerMessages): Promise<void> {
  if (!(await messages.more())) throw failed('it closed the connection');
}

/** The message, unless the server gives up: a checksum error at the end of a whole copy passes. */
function expected(message: ServerMessage, isWhole = false): ServerMessage {
  if (message.type !== ERROR) return message;
  const report = serverReport(message.body);
  if (isWhole && isChecksumError(report)) return message;
  throw failed(report.message, report.hint, report.sqlState);
}

/** Reads what a copy carries, from messages in pieces; `undefined` where there is nothing to pass on. */
function pieceReader(): (message: ServerMessage) => CopyPiece | undefined {
  let kind: string | undefined;
  let head: Buffer = Buffer.alloc(0);
  return ({ body, left }) => {
    const isFirst = kind === undefined;
    const current = kind ?? body.toString('latin1', 0, 1);
    const content = isFirst ? body.subarray(1) : body;
    kind = left === 0 ? undefined : current;
    if (current === Copied.DATA) return { kind: 'data', bytes: content };
    if (current === Copied.PROGRESS) return undefined;
    head = Buffer.concat([isFirst ? Buffer.alloc(0) : head, content]);
    return left === 0 ? archiveHead(current, head) : undefined;
  };
}

function archiveHead(kind: string, head: Buffer): CopyPiece | undefined {
  if (kind === Copied.MANIFEST) return { kind: 'manifest' };
  if (kind !== Copied.ARCHIVE) return undefined;
  const name = head.toString('utf8', 0, head.indexOf(0));
  return { kind: 'tar', tablespace: ARCHIVE_OF_TABLESPACE.exec(name)?.[1] };
}

/** The first result is where the backup starts, the second what it consists of. */
function copyStart([begin, parts]: readonly Row[][]): Omit<BaseBackupStart, 'systemIdentifier'> {
  const [startLsn, timeline] = begin?.[0] ?? [];
  if (!startLsn || !timeline || parts === undefined) throw failed('it did not say where it starts');
  const tablespaces = parts.flatMap(([oid, location]) =>
    oid && location ? [{ oid, location }] : [],
  );
  return { startLsn: parseLsn(startLsn), timeline: Number(timeline), tablespaces };
}

function failed(said: string, hint?: string, sqlState = ''): OpsError {
  return new OpsError('BACKUP-FAILED', `the server ended the base backup: ${said}`, {
    hint: hint ?? 'the message is its own: its log tells more; then take the backup again',
    details: { sqlState },
  });
}
