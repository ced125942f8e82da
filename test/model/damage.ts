import { removeObject } from '../support/store-tampering.ts';
import type { Facts } from './facts.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Takes segments out of the store, as a lifecycle rule or a person might: at an end, or in between. */
export async function damageArchive(world: World, facts: Facts, random: Random): Promise<void> {
  world.isDamaged = true;
  const timeline = random.pick([...facts.timelines.keys()]);
  const digits = timeline.toString(16).toUpperCase().padStart(8, '0');
  const names = [...facts.segments].filter((name) => name.startsWith(digits)).toSorted();
  if (names.length < 2) return;
  const atEnd = random.chance(0.4);
  const count = 1 + random.below(2);
  const first = atEnd ? names.length - count : random.below(names.length);
  const lost = names.slice(Math.max(0, first), Math.max(0, first) + count);
  for (const name of lost) await removeObject(world.store, world.lineage.keys.wal(name));
  world.story.push(`taken out of the store: ${lost.join(', ')}`);
  world.count(atEnd ? 'segments lost at an end' : 'segments lost anywhere');
}
