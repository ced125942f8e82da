import { cloudWatchMetricHistory } from '../../lib/core/adapters/aws/cloudwatch-metric-history.ts';
import { kmsKeyState } from '../../lib/core/adapters/aws/kms-key-state.ts';
import { s3VaultSettings } from '../../lib/core/adapters/aws/s3-vault-settings.ts';
import { secretsManagerAges } from '../../lib/core/adapters/aws/secrets-manager-ages.ts';
import type { ProbeEstateConfig } from '../../lib/core/config/estate-config.ts';
import type { EstateSites } from '../../lib/core/health/estate/estate-sources.ts';
import { functionStore } from './function-store.ts';
import type { FunctionContext } from './ops-handler.ts';

/** Where the facts of a cluster's estate are read. */
export async function estateSites({
  config,
  clock,
}: FunctionContext<ProbeEstateConfig>): Promise<EstateSites> {
  const { hostname: bucket } = new URL(config.storeUrl);
  return {
    config,
    clock,
    store: await functionStore(config),
    keys: kmsKeyState(),
    vault: s3VaultSettings(bucket),
    history: cloudWatchMetricHistory({ clock }),
    secrets: secretsManagerAges(),
  };
}
