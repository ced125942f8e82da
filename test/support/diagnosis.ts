import { execa } from 'execa';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { bareEnvironment, runHere } from '../bin/cli/run-holdfast.ts';
import { HOLDFAST, NODE } from './checkout.ts';
import type { ProtectedCluster } from './protected-cluster.ts';

/** One row of what the doctor prints with `--json`. */
export interface DoctorRow {
  readonly id: string;
  readonly status: string;
  readonly saw: string;
  readonly fix: string | null;
  readonly code?: string;
}

/** What the doctor found. */
export interface Diagnosis {
  readonly exitCode: number | undefined;
  readonly row: (id: string) => DoctorRow;
  readonly rows: readonly DoctorRow[];
  /** The status of every check that is not ok, but for what a container does not show. */
  readonly notOk: Readonly<Record<string, string>>;
}

/** The environment of an operator of this cluster. */
export function operatorEnvironment(cluster: ProtectedCluster): Record<string, string> {
  return bareEnvironment(libpqEnvironment(cluster.server.connection));
}

/** Runs `holdfast doctor` with these words. */
export async function diagnose(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Diagnosis> {
  const { exitCode, stdout } = await runHere(['doctor', ...words, '--json'], env);
  const { checks: rows } = JSON.parse(stdout) as { checks: readonly DoctorRow[] };
  return {
    exitCode,
    rows,
    row: (id) => {
      const row = rows.find((one) => one.id === id);
      if (row === undefined) throw new Error(`no check ${id}`);
      return row;
    },
    notOk: Object.fromEntries(
      rows
        .filter(({ status, saw }) => status !== 'ok' && !saw.startsWith('this system does not'))
        .map(({ id, status }) => [id, status]),
    ),
  };
}

/** Runs a fix that was printed, as an operator would paste it. */
export async function paste(fix: string, cluster: ProtectedCluster): Promise<void> {
  const { PATH = '', ...others } = operatorEnvironment(cluster);
  const script = `holdfast() { '${NODE}' '${HOLDFAST}' "$@"; }\n${fix}`;
  const env = { ...others, PATH: `${cluster.instance.binDirectory}:${PATH}` };
  await execa('bash', ['-ec', script], { env, extendEnv: false });
}
