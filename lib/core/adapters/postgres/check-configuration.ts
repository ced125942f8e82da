import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { serverOwner } from '../system/file-owner.ts';
import { runTool } from './run-tool.ts';

const COMPLAINT = /^(?:.*(?:LOG|FATAL|ERROR): {2}.*|.*in file ".*" line \d+.*)$/gm;

/**
 * Has PostgreSQL read the text of a postgresql.conf as a server would that starts, without one.
 *
 * @throws {@link OpsError} `HOST-SETTINGS` with the program's own words: a name that it does not know, or
 *   a value that it does not take. Whether memory and libraries are there shows at the start only.
 * @see https://www.postgresql.org/docs/current/app-postgres.html, option -C
 */
export async function checkConfiguration(
  conf: string,
  binDirectory: string,
  { signal }: CallOptions = {},
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-conf-'));
  const file = join(directory, 'postgresql.conf');
  try {
    await writeFile(file, conf, { mode: 0o600 });
    const owner = process.getuid?.() === 0 ? serverOwner() : undefined;
    for (const path of owner === undefined ? [] : [directory, file]) {
      await chown(path, owner?.uid ?? 0, owner?.gid ?? 0);
    }
    await runTool(
      join(binDirectory, 'postgres'),
      ['-D', directory, '-C', 'max_connections', '-c', `config_file=${file}`],
      { signal, owner },
    );
  } catch (error) {
    if (!isOpsError(error, 'PG-FAILED')) throw error;
    throw refusal(error, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function refusal(error: OpsError, file: string): OpsError {
  const lines = error.message.match(COMPLAINT) ?? [error.message];
  const said = lines.map((line) =>
    line.replace(/^.*?(LOG|FATAL|ERROR): {2}/, '').replaceAll(file, 'postgresql.conf'),
  );
  return new OpsError('HOST-SETTINGS', `PostgreSQL refuses the settings: ${said.join('; ')}`, {
    cause: error,
    hint: "correct postgres.settings in the environment's file and deploy it",
  });
}
