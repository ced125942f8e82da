import { randomBytes } from 'node:crypto';
import { readRootCertificates } from '../../lib/core/adapters/aws/root-certificates.ts';
import { secretsManagerVersions } from '../../lib/core/adapters/aws/secrets-manager-versions.ts';
import { roleLogins } from '../../lib/core/adapters/postgres/role-logins.ts';
import { RotateSecretConfig } from '../../lib/core/config/rotate-secret-config.ts';
import { RotationEvent } from '../../lib/core/secrets/rotation-event.ts';
import { runRotation } from '../../lib/core/secrets/run-rotation.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Rotates the password of one of the cluster's roles: Secrets Manager calls it for each step. */
export const handler = opsHandler({
  event: RotationEvent,
  config: RotateSecretConfig,
  run: async (event, { config, log, signal }) => {
    const { cluster, host, port, caParameter } = config;
    const sslRoots = await readRootCertificates(caParameter, { signal });
    const logins = roleLogins({ host, port, sslMode: 'verify-full', sslRoots });
    const versions = secretsManagerVersions();
    await runRotation(event, { cluster, versions, logins, random: randomBytes, log, signal });
  },
});
