import { folderSpoolMaker } from '../../lib/core/adapters/wal/folder-spool-maker.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { until } from '../support/until.ts';
import { processesIn } from './leftovers.ts';
import type { Shipper } from './model-agent.ts';
import { LONG_MS } from './patience.ts';
import { placeWords } from './place-words.ts';
import { CLUSTER, type World } from './world.ts';

/**
 * Lets the archive script ship by itself while its agent is silent, as `init` does. PostgreSQL has no
 * credentials for S3.
 */
export async function allowFallback(world: World, shipper: Shipper): Promise<void> {
  if (world.proxy !== undefined) return;
  const words = [NODE, HOLDFAST, 'wal-push', '--drain', ...placeWords(world, shipper)];
  await makeSpool(world, shipper, words);
}

/** Takes it back, so that without an agent nothing is archived; waits for what is under way. */
export async function forbidFallback(world: World, shipper: Shipper): Promise<void> {
  await makeSpool(world, shipper);
  await until(
    'no push is at work',
    async () => {
      const running = await processesIn(shipper.spool);
      return !running.some(({ command }) => command.includes(' wal-push '));
    },
    LONG_MS,
  );
}

/** Makes the spool of a server, or changes what its archive script falls back to. */
export async function makeSpool(
  { lineage, store }: World,
  { dataDirectory, spool: path }: Shipper,
  oneShot?: readonly string[],
): Promise<void> {
  const { systemIdentifier } = lineage.identity;
  const archive = { cluster: CLUSTER, storeUrl: store.url };
  await folderSpoolMaker.make({ path, dataDirectory, systemIdentifier, archive, oneShot });
}
