import type { Shipper } from './model-agent.ts';
import { CLUSTER, type World } from './world.ts';

/** The words of a command that names the store. */
export function storeWords({ store }: World): readonly string[] {
  return ['--store', store.url, '--cluster', CLUSTER];
}

/** The words of a command that works on one server's files. */
export function placeWords(world: World, { dataDirectory, spool }: Shipper): readonly string[] {
  return [...storeWords(world), '--spool', spool, '--data-dir', dataDirectory];
}
