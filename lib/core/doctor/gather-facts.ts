import pMap from 'p-map';
import type { Fact, FactSources, Find, GatherContext, See } from './facts.ts';

/** Facts gathered at once: a diagnosis must not be the load that a sick server dies of. */
const AT_ONCE = 4;

/**
 * Gathers every fact once, each with a deadline of its own; whatever fails is kept for whoever wants
 * to see it.
 *
 * @throws the signal's reason when that is aborted, and nothing else.
 */
export async function gatherFacts(sources: FactSources, context: GatherContext): Promise<See> {
  const find: Find = async (name) => sources[name].gather(context, find);
  const settle = async (fact: Fact<unknown>): Promise<void> => {
    try {
      await fact.gather(context, find);
    } catch {
      // Kept by the fact itself, which throws it at whoever looks.
      context.signal.throwIfAborted();
    }
  };
  await pMap(Object.values(sources), settle, { concurrency: AT_ONCE });
  return (name) => sources[name].see();
}
