import { chown, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';

const SCRIPT = fileURLToPath(
  new URL('../../lib/core/adapters/scripts/archive-command.sh', import.meta.url),
);

/** The archive script alone, between a spool and a data directory that hold only what it looks at. */
export interface ArchiveScript {
  readonly spool: string;
  readonly dataDirectory: string;
  /** Where the acknowledgements of the running postmaster lie. */
  readonly acknowledged: string;
  /** Runs it as PostgreSQL does, by `shell`; gives its exit status and what it said. */
  run(
    shell: readonly string[],
    name: string,
  ): Promise<{ readonly status: number | undefined; readonly said: string }>;
}

const POSTMASTER_PID = (pid: number, born: number, state: string): string =>
  [pid, '/data', born, 5432, '/tmp', '', '0 0', state, ''].join('\n');
const PID = 4242;
const BORN = 1_790_000_000;

/** Makes both directories in `folder`. `state` is the postmaster's, as its file gives it. */
export async function makeArchiveScript(
  folder: string,
  state: 'ready' | 'stopping' = 'stopping',
): Promise<ArchiveScript> {
  const spool = join(folder, 'spool');
  const dataDirectory = join(folder, 'data');
  const acknowledged = join(spool, 'acknowledged', `${PID}-${BORN}`);
  for (const path of [acknowledged, dataDirectory]) await mkdir(path, { recursive: true });
  await copyFile(SCRIPT, join(spool, 'archive-command'));
  await writeFile(join(dataDirectory, 'postmaster.pid'), POSTMASTER_PID(PID, BORN, state));
  const owner = serverOwner();
  if (owner !== undefined) {
    for (const path of [folder, spool, join(spool, 'acknowledged'), acknowledged, dataDirectory]) {
      await chown(path, owner.uid, owner.gid);
    }
  }
  return {
    spool,
    dataDirectory,
    acknowledged,
    run: async ([shell = 'sh', ...flags], name) => {
      const command = `set -- "$SPOOL" "$NAME"; . "$SPOOL/archive-command"; exit 1`;
      const { exitCode, stderr } = await execa(shell, [...flags, '-c', command], {
        cwd: dataDirectory,
        env: { SPOOL: spool, NAME: name },
        reject: false,
        stdin: 'ignore',
        ...owner,
      });
      return { status: exitCode, said: stderr };
    },
  };
}
