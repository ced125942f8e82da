import { openPoolerConsole } from '../../lib/core/adapters/postgres/pooler-console.ts';
import { loadConfig } from '../../lib/core/config/load-config.ts';
import { PoolerMetricsConfig } from '../../lib/core/config/pooler-metrics-config.ts';
import { measurePooler } from '../../lib/core/host/pooler/measure-pooler.ts';
import { logFailure, type TaskProcess } from '../shared/run-task.ts';

/** What the image is started with for it. */
export const POOLER_METRICS = 'pooler-metrics';

/** Measures the host's pooler until it is told to stop; gives the exit status. Writes no file. */
export async function runPoolerMetricsTask(io: TaskProcess): Promise<number> {
  const { clock, log } = io;
  const stopping = new AbortController();
  using _stop = io.onStop(() => stopping.abort());
  try {
    const config = loadConfig(PoolerMetricsConfig, io.env);
    const { host, port, rootsFile, passwordFile } = config;
    // Its certificate has no name by which it is asked here; no other cluster has this authority.
    const tls = { sslMode: 'verify-ca', sslRootCert: rootsFile } as const;
    const console = openPoolerConsole({ host, port, ...tls, passwordFile });
    const telemetry = io.telemetry(config);
    await measurePooler({ console, telemetry, clock, log }, stopping.signal);
    return 0;
  } catch (error) {
    return logFailure(POOLER_METRICS, error, log);
  }
}
