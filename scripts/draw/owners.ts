import { type Place, pathOf, type References } from './references.ts';
import type { StackNode } from './stack-nodes.ts';

/** Types that are parts of whoever refers to them. */
const PARTS = new Set([
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::SecurityGroup',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::Role',
]);
/** Types that stand for what runs beside them, when nobody else has them. */
const SURROUNDINGS = new Set(['AWS::EC2::SecurityGroup', 'AWS::ECS::Cluster']);
/** All schedules share a role, which does nothing but invoke. */
const SCHEDULE = 'AWS::Scheduler::Schedule';

/** Ids of the nodes that each resource is, is a part of, or stands for. */
export function ownersOf(
  nodes: readonly StackNode[],
  references: References,
): ReadonlyMap<Place, readonly string[]> {
  const owners = new Map<Place, readonly string[]>();
  for (const { id, places } of nodes) {
    for (const place of places) take(place, id);
  }
  for (const place of references.places) {
    if (owners.has(place) || !SURROUNDINGS.has(place.resource.Type)) continue;
    const around = pathOf(place).replace(/[^/]*$/, '');
    const beside = nodes.filter(
      ({ shape, places }) =>
        shape === 'runs' && places.some((one) => pathOf(one).startsWith(around)),
    );
    owners.set(
      place,
      beside.map(({ id }) => id),
    );
  }
  return owners;

  function take(place: Place, node: string): void {
    owners.set(place, [...new Set([...(owners.get(place) ?? []), node])]);
    if (place.resource.Type === SCHEDULE) return;
    // What a function is told of does not belong to it.
    const { Environment: _, ...properties } = place.resource.Properties;
    for (const part of references.namedBy(place.stack, properties)) {
      if (PARTS.has(part.resource.Type)) take(part, node);
    }
  }
}
