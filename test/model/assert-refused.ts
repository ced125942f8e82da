import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import { isOpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import { makeSpool } from './fallback.ts';
import { ModelMismatch } from './mismatch.ts';
import { startModelAgent } from './model-agent.ts';
import type { ModelServer } from './model-server.ts';
import { storeDigest } from './store-digest.ts';
import type { World } from './world.ts';

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
  mode?: 'standing' | 'take-over',
): Promise<void> {
  const before = await storeDigest(world);
  await assertAgentRefused(world, dataDirectory, code, mode);
  if ((await storeDigest(world)) !== before) {
    throw new ModelMismatch(`an agent on ${dataDirectory} was refused after it changed the store`);
  }
}

/** Proves that an agent on `dataDirectory` is refused; gives the spool that it was to use. */
export async function assertAgentRefused(
  world: World,
  dataDirectory: string,
  code: ErrorCode,
  mode?: 'standing' | 'take-over',
): Promise<string> {
  const spool = world.place('spool', 'spool');
  await makeSpool(world, { dataDirectory, spool });
  const agent = await startModelAgent(world, { dataDirectory, spool }, mode).catch(toOpsError);
  if (!isOpsError(agent)) await agent.kill();
  if (!isOpsError(agent, code)) {
    const got = isOpsError(agent) ? `${agent.code} (${agent.message})` : 'the right to write';
    throw new ModelMismatch(`an agent on ${dataDirectory} got ${got} instead of ${code}`);
  }
  return spool;
}
