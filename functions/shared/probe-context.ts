import { readRootCertificates } from '../../lib/core/adapters/aws/root-certificates.ts';
import { secretsManagerValues } from '../../lib/core/adapters/aws/secrets-manager-values.ts';
import { healthSessions } from '../../lib/core/adapters/postgres/health-session.ts';
import { servedCertificate } from '../../lib/core/adapters/postgres/served-certificate.ts';
import type { ProbeSettings } from '../../lib/core/config/probe-database-config.ts';
import type { ProbeContext } from '../../lib/core/health/probe-run.ts';
import { roleCredentials } from '../../lib/core/secrets/role-secret.ts';
import { functionStore } from './function-store.ts';
import type { FunctionContext } from './ops-handler.ts';

/**
 * What looks into a cluster's database, by what the deployment says. Certificates and the role's password are read anew
 * each time, so that both may change.
 */
export async function probeContext({
  config,
  clock,
  signal,
}: Pick<FunctionContext<ProbeSettings>, 'config' | 'clock' | 'signal'>): Promise<ProbeContext> {
  const { cluster, host, port, caParameter, roleSecret, volumeBytes, rpoSec, thresholds } = config;
  const [sslRoots, secret] = await Promise.all([
    readRootCertificates(caParameter, { signal }),
    secretsManagerValues().read(roleSecret, { signal }),
  ]);
  const login = roleCredentials(secret, roleSecret);
  const connection = { host, port, ...login, sslMode: 'verify-full', sslRoots } as const;
  return {
    cluster: { cluster, volumeBytes, isWriter: true, rpoSec },
    thresholds,
    sessions: healthSessions(connection),
    certificate: async (options) => servedCertificate(connection, options),
    store: async () => functionStore(config),
    clock,
    signal,
  };
}
