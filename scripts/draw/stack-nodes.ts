import { partOf, type Place, pathOf, propertyOf, type References } from './references.ts';

/** What stands for one resource, or for several that are drawn as one. */
export interface StackNode {
  readonly id: string;
  /** Id of its stack. */
  readonly stack: string;
  readonly label: string;
  readonly shape: Shape;
  readonly places: readonly Place[];
}

/** What a node does: it runs, is kept, passes something on, or sets something off. */
export type Shape = 'runs' | 'kept' | 'passes' | 'triggers';

interface Look {
  readonly shape: Shape;
  /** Resources of one stack with the same words are one node, which says how many they are. */
  readonly words: (place: Place, references: References) => string;
  /** Each is a node of its own, whatever its words: it sets one thing off, and no other. */
  readonly alone?: true;
}

const ALARM: Look = {
  shape: 'triggers',
  words: ({ stack, resource }, references) => {
    const topics = references.namedBy(stack, resource.Properties['AlarmActions']);
    return `alarm for ${topics.map(idOf).join(', ')}`;
  },
};

/** What is drawn; every other type only says how these belong together. */
const LOOKS: Readonly<Record<string, Look>> = {
  'AWS::EC2::VPC': { shape: 'kept', words: (place) => `network ${propertyOf(place, 'CidrBlock')}` },
  'AWS::EC2::VPCEndpoint': {
    shape: 'passes',
    words: () => 'endpoint of an AWS service',
  },
  'AWS::EC2::NatGateway': { shape: 'passes', words: () => 'NAT gateway' },
  'AWS::Route53::HostedZone': {
    shape: 'kept',
    words: (place) => `zone ${propertyOf(place, 'Name').replace(/\.$/, '')}`,
  },
  'AWS::KMS::Key': {
    shape: 'kept',
    words: (place) => propertyOf(place, 'Description').replace('Holdfast: ', 'key: '),
  },
  'AWS::S3::Bucket': {
    shape: 'kept',
    // Only the name of an archive is said: that of the trail's bucket is made up.
    words: (place) => {
      const name = propertyOf(place, 'BucketName');
      return name === '' ? 'who changed what' : `archive ${name}`;
    },
  },
  'AWS::EC2::Volume': {
    shape: 'kept',
    words: (place) => `volume of ${propertyOf(place, 'Size')} GiB`,
  },
  'AWS::SecretsManager::Secret': {
    shape: 'kept',
    words: (place) => `secret of ${holderOf(place)}`,
  },
  'AWS::AutoScaling::AutoScalingGroup': { shape: 'runs', words: () => 'host: PostgreSQL, agent' },
  'AWS::Scheduler::Schedule': {
    shape: 'triggers',
    alone: true,
    words: (place) => propertyOf(place, 'ScheduleExpression').replace(/^rate\((.*)\)$/, 'every $1'),
  },
  'AWS::Events::Rule': {
    shape: 'triggers',
    // Behind a colon stands what tells it from others of its kind.
    words: (place) => propertyOf(place, 'Description').toLowerCase().replace(/:.*/, ''),
  },
  'AWS::Lambda::Function': { shape: 'runs', words: (place) => folderOf(place) },
  'AWS::ECS::TaskDefinition': {
    shape: 'runs',
    words: (place) => `task ${propertyOf(place, 'Family')}`,
  },
  'AWS::SQS::Queue': { shape: 'passes', words: (place) => `queue ${idOf(place)}` },
  'AWS::CloudWatch::Alarm': ALARM,
  'AWS::CloudWatch::CompositeAlarm': ALARM,
  'AWS::SNS::Topic': { shape: 'passes', words: (place) => `topic ${idOf(place)}` },
};

/** The nodes of the drawing, in the order of the templates. */
export function stackNodes(references: References): readonly StackNode[] {
  const drawn = references.places.flatMap((place) => {
    const look = LOOKS[place.resource.Type];
    return look === undefined ? [] : [{ place, look, words: look.words(place, references) }];
  });
  const alike = Map.groupBy(
    drawn,
    ({ place, look, words }) =>
      `${place.stack.id}: ${words}${look.alone === true ? pathOf(place) : ''}`,
  );
  return [...alike.values()].flatMap((group, index) => {
    const [first] = group;
    if (first === undefined) return [];
    const { place, look, words } = first;
    return [
      {
        id: `n${index + 1}`,
        stack: place.stack.id,
        label: group.length === 1 ? words : `${group.length} × ${words}`,
        shape: look.shape,
        places: group.map((one) => one.place),
      },
    ];
  });
}

/** The last of a construct's path. */
function idOf(place: Place): string {
  return pathOf(place).replace(/^.*\//, '');
}

/** A function's folder below `functions/`, after which its construct is named. */
function folderOf(place: Place): string {
  const name = pathOf(place)
    .replace(/\/Handler$/, '')
    .replace(/^.*\//, '');
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** What a secret is for: a role of PostgreSQL, else what its construct is called. */
function holderOf(place: Place): string {
  const generated = place.resource.Properties['GenerateSecretString'];
  const template = generated === undefined ? undefined : partOf(generated, 'SecretStringTemplate');
  if (typeof template !== 'string') return `the ${idOf(place).toLowerCase()}`;
  return String(partOf(JSON.parse(template), 'username'));
}
