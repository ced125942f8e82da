import { listOf, partOf, type Place } from './references.ts';

/** Something that roles may do to a resource. */
export interface Deed {
  /** Of the template: the roles. */
  readonly roles: unknown;
  /** Of the template: what is acted upon. */
  readonly resource: unknown;
  readonly type: string;
  readonly words: string;
}

/** Said of what goes to a queue of dead letters. */
export const IN_VAIN = 'in vain';

/** What an action on a resource of a type is in a word. The first that a role may do says it all. */
const WORDS: readonly (readonly [action: string, type: string, word: string])[] = [
  ['lambda:InvokeFunction', 'AWS::Lambda::Function', 'asks'],
  ['ecs:RunTask', 'AWS::ECS::TaskDefinition', 'starts'],
  ['s3:PutObject', 'AWS::S3::Bucket', 'adds'],
  ['s3:GetObject', 'AWS::S3::Bucket', 'reads'],
  ['ec2:AttachVolume', 'AWS::EC2::Volume', 'attaches'],
  ['secretsmanager:UpdateSecretVersionStage', 'AWS::SecretsManager::Secret', 'rotates'],
  ['secretsmanager:PutSecretValue', 'AWS::SecretsManager::Secret', 'writes'],
  ['secretsmanager:GetSecretValue', 'AWS::SecretsManager::Secret', 'reads'],
  ['route53:ChangeResourceRecordSets', 'AWS::Route53::HostedZone', 'points to the host'],
  ['sns:Publish', 'AWS::SNS::Topic', 'writes'],
  ['sqs:SendMessage', 'AWS::SQS::Queue', IN_VAIN],
];

/** What the roles of a policy may do, what counts first. */
export function deedsOf({ resource: { Properties } }: Place): readonly Deed[] {
  const statements = listOf(partOf(Properties['PolicyDocument'], 'Statement'));
  return WORDS.flatMap(([action, type, word]) =>
    statements
      .filter((statement) => listOf(partOf(statement, 'Action')).includes(action))
      .map((statement) => {
        const resource = partOf(statement, 'Resource');
        const words = action === 's3:PutObject' ? `${word} ${foldersOf(resource)}` : word;
        return { roles: Properties['Roles'], resource, type, words };
      }),
  );
}

/** What below a lineage the resources of a statement name: `base, lease`. */
function foldersOf(resource: unknown): string {
  return listOf(resource)
    .flatMap((arn) => String(arn).split('/*/').slice(1))
    .map((below) => below.replace(/[/-]\*$|\.json$/, ''))
    .join(', ');
}
