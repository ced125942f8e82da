import { ownersOf } from './owners.ts';
import { listOf, partOf, type Place, type References } from './references.ts';
import { deedsOf } from './role-deeds.ts';
import type { StackNode } from './stack-nodes.ts';

/** Who acts upon what, from the templates. */
export interface StackEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** Where people are told; in no stack. */
export const PEOPLE = 'people';

const KEY_PROPERTIES = ['KmsKeyId', 'KmsMasterKeyId', 'BucketEncryption'];

/** Ids of the nodes that a part of a template names; only those of one type, if one is given. */
type Named = (value: unknown, type?: string) => readonly string[];
/** From whom, to whom, and what. */
type Joint = readonly [from: readonly string[], to: readonly string[], label?: string];

/** What a resource of each type says about others; `own` are the nodes that it is or belongs to. */
const JOINTS: Readonly<
  Record<string, (place: Place, own: readonly string[], named: Named) => readonly Joint[]>
> = {
  'AWS::Scheduler::Schedule': ({ resource }, own, named) => [
    [own, named(partOf(resource.Properties['Target'], 'Arn'))],
  ],
  'AWS::Events::Rule': ({ resource }, own, named) => [
    [named(resource.Properties['EventPattern']), own],
    [own, named(listOf(resource.Properties['Targets']).map((one) => partOf(one, 'Arn')))],
  ],
  'AWS::EC2::SecurityGroupIngress': ({ resource }, _, named) => {
    const { SourceSecurityGroupId, GroupId, FromPort } = resource.Properties;
    return [[named(SourceSecurityGroupId), named(GroupId), `port ${String(FromPort)}`]];
  },
  'AWS::CloudWatch::Alarm': ({ resource }, own, named) => [
    [own, named(resource.Properties['AlarmActions'])],
  ],
  'AWS::Lambda::EventSourceMapping': ({ resource }, _, named) => [
    [named(resource.Properties['EventSourceArn']), named(resource.Properties['FunctionName'])],
  ],
  'AWS::SNS::Subscription': ({ resource }, _, named) => {
    const { Protocol, TopicArn, Endpoint } = resource.Properties;
    return [[named(TopicArn), Protocol === 'email' ? [PEOPLE] : named(Endpoint)]];
  },
  'AWS::IAM::Policy': (place, _, named) =>
    deedsOf(place).map(({ roles, resource, type, words }) => [
      named(roles),
      named(resource, type),
      words,
    ]),
};

/** The edges of the drawing; between two nodes the first that was found. */
export function stackEdges(
  nodes: readonly StackNode[],
  references: References,
): readonly StackEdge[] {
  const owners = ownersOf(nodes, references);
  const joints = references.places.flatMap((place): readonly Joint[] => {
    const own = owners.get(place) ?? [];
    const named: Named = (value, type) =>
      references
        .namedBy(place.stack, value)
        .filter(({ resource }) => type === undefined || resource.Type === type)
        .flatMap((one) => owners.get(one) ?? []);
    const keys = KEY_PROPERTIES.flatMap((property) => named(place.resource.Properties[property]));
    const joinsOf = JOINTS[place.resource.Type];
    return [...(joinsOf?.(place, own, named) ?? []), [keys, own, 'encrypts']];
  });
  const edges = new Map<string, StackEdge>();
  for (const [sources, ends, label = ''] of joints) {
    for (const from of sources) {
      for (const to of ends) {
        const pair = `${from} ${to}`;
        if (!edges.has(pair)) edges.set(pair, { from, to, label });
      }
    }
  }
  return [...edges.values()];
}
