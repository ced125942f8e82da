import { setTimeout as delay } from 'node:timers/promises';
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import { fillDisk } from './fill-disk.ts';
import { ModelMismatch } from './mismatch.ts';
import type { ModelServer } from './model-server.ts';
import { refuseRogue } from './put-back-steps.ts';
import type { Random } from './random.ts';
import type { Step } from './steps.ts';
import { type Outage, outagesOf } from './store-outages.ts';
import type { World } from './world.ts';

const LONGEST_MS = 2_500;
/** Longer than the archive script waits for a sign of life. */
const SILENCE_MS = 6_500;
const MOST_FREE_BYTES = 4 * 1024 * 1024;

/** What may go wrong while clients write; each leaves server, agent and store at work again. */
export function possibleDisturbances(
  world: World,
  server: ModelServer,
  random: Random,
): readonly Step[] {
  const breathe = async (): Promise<void> => delay(random.below(LONGEST_MS));
  const crash = async (): Promise<void> => {
    await server.kill();
    await server.start();
  };
  const outage = random.pick(outagesOf(world));
  const small = world.hasSmallDisks ? 1 : 0;
  return [
    { name: 'server killed', weight: 3, run: crash },
    {
      name: 'agent killed',
      weight: 3,
      run: async () => {
        await server.killAgent();
        await breathe();
        await server.startAgent();
      },
    },
    {
      name: 'agent stopped',
      weight: 1,
      run: async () => {
        await server.stopAgent();
        await breathe();
        await server.startAgent();
      },
    },
    {
      name: 'agent silent, the script ships by itself',
      weight: 0.7,
      run: async () => {
        const pid = server.agent?.pid ?? 0;
        process.kill(pid, 'SIGSTOP');
        await delay(SILENCE_MS);
        process.kill(pid, 'SIGCONT');
      },
    },
    {
      name: `store ${outage.name}`,
      weight: 2,
      run: async () => {
        const end = await outage.begin();
        await breathe();
        await end();
      },
    },
    {
      name: `store ${outage.name}, and the server is killed`,
      weight: 1,
      run: async () => {
        const end = await outage.begin();
        await breathe();
        await crash();
        await end();
      },
    },
    {
      name: `store ${outage.name}, and the agent is killed`,
      weight: 1,
      run: async () => startDuring(outage, server, breathe),
    },
    {
      name: 'a clone tries to archive',
      weight: 1.5,
      run: async () => refuseRogue(world, server, random),
    },
    {
      name: 'disk of the spool full',
      weight: small,
      run: async () => {
        await using _full = await fillDisk(world.directory, 'spool', 0);
        await breathe();
      },
    },
    {
      name: 'disk of the server full',
      weight: small,
      run: async () => {
        {
          await using _full = await fillDisk(
            world.directory,
            'data',
            random.below(MOST_FREE_BYTES),
          );
          await breathe();
        }
        // Where its WAL had no space left it has ended.
        await crash();
      },
    },
  ];
}

/** An agent that starts while the store is away is refused, or waits until it is back. */
async function startDuring(
  outage: Outage,
  server: ModelServer,
  breathe: () => Promise<void>,
): Promise<void> {
  const end = await outage.begin();
  await server.killAgent();
  const starting = server.startAgent().catch(toOpsError);
  if (outage.refusal === undefined) await breathe();
  else await starting;
  await end();
  const refusal = await starting;
  if (refusal?.code !== outage.refusal) {
    throw new ModelMismatch(`an agent without its store got ${refusal?.code ?? 'to work'}`);
  }
  if (refusal !== undefined) await server.startAgent();
}
