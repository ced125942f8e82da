import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startAgentProcess } from './agent-process.ts';
import { HOLDFAST } from './checkout.ts';
import { CLUSTER, type ProtectedCluster } from './protected-cluster.ts';

/** How a recovery in place, or its plan, is reported with `--json`. */
export interface InPlaceReport {
  readonly executed: boolean;
  readonly timeline: number;
  readonly newTimeline?: number;
  readonly setAside: string;
  readonly inPlace?: {
    readonly moves: readonly { readonly from: string; readonly to: string }[];
    readonly configuration: readonly { readonly name: string; readonly linkText: string | null }[];
    readonly rescued: number;
    readonly unfinished: string | null;
  };
}

/** `--store` and `--cluster`. */
export function placeOf({ storeUrl }: ProtectedCluster): readonly string[] {
  return ['--store', storeUrl, '--cluster', CLUSTER];
}

/** The words that recover `cluster` in its own place. */
export function inPlaceWords(cluster: ProtectedCluster, target: string): readonly string[] {
  const { dataDirectory } = cluster.server;
  const where = ['--data-dir', dataDirectory, '--spool', cluster.spool];
  return ['recover', ...placeOf(cluster), '--to', target, '--in-place', ...where, '--json'];
}

/** The words that put the old directory back. */
export function rollbackWords(cluster: ProtectedCluster): readonly string[] {
  const { dataDirectory } = cluster.server;
  return ['rollback', ...placeOf(cluster), '--data-dir', dataDirectory, '--execute'];
}

/** Runs `holdfast`, which must succeed, and reads what it printed. */
export async function report(
  cluster: ProtectedCluster,
  words: readonly string[],
): Promise<InPlaceReport> {
  const { exitCode, stdout, stderr } = await cluster.holdfast(words);
  if (exitCode !== 0) throw new Error(`holdfast ${words[0]} ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as InPlaceReport;
}

/** Takes a base backup and waits until it can be restored; no agent is left. */
export async function backUpOnce(cluster: ProtectedCluster): Promise<void> {
  await using agent = startAgentProcess({
    words: [HOLDFAST, 'agent', ...cluster.agentWords()],
    logFile: join(cluster.directory, 'first-agent.log'),
    // What it puts into a folder, the others must be able to read.
    owner: cluster.account,
  });
  const { exitCode, stderr } = await cluster.holdfast(['backup', ...placeOf(cluster)]);
  if (exitCode !== 0) throw new Error(`backup ended with ${exitCode}: ${stderr}`);
  await cluster.drained();
  await agent.stop();
}

/** Lets archiving fail, as when the store cannot be reached; gives what mends it. */
export async function breakArchiving(cluster: ProtectedCluster): Promise<() => Promise<void>> {
  const command = await cluster.sql('SHOW archive_command');
  const set = async (text: string): Promise<void> => {
    await cluster.sql(`ALTER SYSTEM SET archive_command = '${text.replaceAll("'", "''")}'`);
    await cluster.sql('SELECT pg_reload_conf()');
  };
  await set('false');
  return async () => set(command);
}

/** Ends the server as a crash does, and removes what it left, as an operator does who made sure. */
export async function crash({ server }: ProtectedCluster): Promise<void> {
  await server.killNine();
  await rm(join(server.dataDirectory, 'postmaster.pid'), { force: true });
}
