import { readRootCertificates } from '../../lib/core/adapters/aws/root-certificates.ts';
import { secretsManagerValues } from '../../lib/core/adapters/aws/secrets-manager-values.ts';
import { healthSessions } from '../../lib/core/adapters/postgres/health-session.ts';
import type { DiagnoseConfig } from '../../lib/core/config/diagnose-config.ts';
import type { HealthSessions } from '../../lib/core/ports/health-session.ts';
import type { CallOptions } from '../../lib/core/ports/object-store.ts';
import { roleCredentials } from '../../lib/core/secrets/role-secret.ts';

/** Sessions of the monitoring role, at a server that is verified by the cluster's own certificates. Tried once. */
export async function monitorSessions(
  { host, port, caParameter, roleSecret }: DiagnoseConfig,
  { signal }: CallOptions,
): Promise<HealthSessions> {
  const [sslRoots, secret] = await Promise.all([
    readRootCertificates(caParameter, { signal }),
    secretsManagerValues().read(roleSecret, { signal }),
  ]);
  const login = roleCredentials(secret, roleSecret);
  return healthSessions({ host, port, ...login, sslMode: 'verify-full', sslRoots });
}
