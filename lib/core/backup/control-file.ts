import { OpsError } from '../errors/ops-error.ts';
import type { TarEvent } from '../tar/tar-members.ts';

/** PostgreSQL sends it after all other files. */
const CONTROL_FILE = 'global/pg_control';
const IDENTIFIER_BYTES = 8;

/**
 * Passes the members of a base backup on, and proves by its control file that it is a copy of the
 * cluster it is stored for: the copy and the queries may go over different connections.
 *
 * @param systemIdentifier - decimal.
 * @throws {@link OpsError} `WAL-IDENTITY` for another cluster's; `BACKUP-TAR` without a control file.
 * @see PostgreSQL ControlFileData, src/include/catalog/pg_control.h
 */
export async function* proveOrigin(
  events: AsyncIterable<TarEvent>,
  systemIdentifier: string,
): AsyncGenerator<TarEvent, void, undefined> {
  let start = Buffer.alloc(0);
  let within = false;
  for await (const event of events) {
    if (event.type === 'member') within = event.member.path === CONTROL_FILE;
    if (event.type === 'data' && within && start.byteLength < IDENTIFIER_BYTES) {
      start = Buffer.concat([start, event.bytes.subarray(0, IDENTIFIER_BYTES - start.byteLength)]);
    }
    yield event;
  }
  if (start.byteLength < IDENTIFIER_BYTES) {
    throw new OpsError('BACKUP-TAR', `the base backup holds no ${CONTROL_FILE}`, {
      hint: 'the stream is not a base backup of a whole cluster',
    });
  }
  const found = start.readBigUInt64LE();
  if (String(found) !== systemIdentifier) {
    throw new OpsError(
      'WAL-IDENTITY',
      `the copy is of system ${found}, the backup was to be of ${systemIdentifier}`,
      { hint: 'the connection for the copy leads to another cluster: check its host and port' },
    );
  }
}
