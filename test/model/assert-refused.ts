import { folderSpoolMaker } from '../../lib/core/adapters/wal/folder-spool-maker.ts';
import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import { isOpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import type { ClaimGrounds } from '../../lib/core/store/writer-epoch.ts';
import { ModelMismatch } from './mismatch.ts';
import { startModelAgent } from './model-agent.ts';
import type { ModelServer } from './model-server.ts';
import { storeDigest } from './store-digest.ts';
import { CLUSTER, type World } from './world.ts';

/** Two agents at once are another test's matter. */
export async function whileAgentRests(
  server: ModelServer,
  run: () => Promise<void>,
): Promise<void> {
  const hadAgent = server.agent !== undefined;
  await server.stopAgent();
  await run();
  if (hadAgent) await server.startAgent();
}

/** Proves that an agent on `dataDirectory` is refused before it changes anything in the store. */
export async function assertRefused(
  world: World,
  dataDirectory: string,
  code: ErrorCode,
  grounds?: ClaimGrounds,
): Promise<void> {
  const spool = world.place('spool');
  const { systemIdentifier } = world.lineage.identity;
  const archive = { cluster: CLUSTER, storeUrl: world.store.url };
  await folderSpoolMaker.make({ path: spool, dataDirectory, systemIdentifier, archive });
  const before = await storeDigest(world);
  const agent = await startModelAgent(world, { dataDirectory, spool }, grounds).catch(toOpsError);
  if (!isOpsError(agent)) await agent.stop();
  if (!isOpsError(agent, code)) {
    const got = isOpsError(agent) ? `${agent.code} (${agent.message})` : 'the right to write';
    throw new ModelMismatch(`an agent on ${dataDirectory} got ${got} instead of ${code}`);
  }
  if ((await storeDigest(world)) !== before) {
    throw new ModelMismatch(`an agent on ${dataDirectory} was refused after it changed the store`);
  }
}
