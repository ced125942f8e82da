import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentOf } from '../support/inputs.ts';
import { roleStatements } from '../support/policies.ts';
import { synthesize } from '../support/synthesis.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Where every call of AWS but those of the store is made. */
const ADAPTERS = 'lib/core/adapters/aws/';

/** What runs, by its role. */
const ENTRIES = {
  'orders-Data/Vault/TaggerRole': 'functions/apply-retention/handler.ts',
  'orders-Data/Vault/LockRole': 'functions/extend-locks/handler.ts',
  'orders-Backup/BaseBackup/TaskRole': 'tasks/base-backup/task.ts',
  'orders-Backup/Functions/StartBaseBackup/Role': 'functions/start-base-backup/handler.ts',
  'orders-Backup/Functions/JudgeTask/Role': 'functions/judge-task/handler.ts',
  'orders-Backup/ProbeEstate/Role': 'functions/probe-estate/handler.ts',
  'orders-Backup/Health/ProbeDatabase/Role': 'functions/probe-database/handler.ts',
  'orders-Backup/Health/Diagnose/Role': 'functions/diagnose/handler.ts',
  'orders-Backup/Host/FollowHost/Role': 'functions/follow-host/handler.ts',
  'orders-Backup/Secrets/RotateSecret/Role': 'functions/rotate-secret/handler.ts',
  'orders-Watch/Pages/Notify/Role': 'functions/notify/handler.ts',
} as const;
type Role = keyof typeof ENTRIES;

/** Commands that are called otherwise than the right to them, or need others. */
const RIGHTS_OF: Readonly<Record<string, readonly string[]>> = {
  'ecs:RunTask': ['ecs:RunTask', 'ecs:TagResource', 'iam:PassRole'],
  'lambda:Invoke': ['lambda:InvokeFunction'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:GetObjectLockConfiguration': ['s3:GetBucketObjectLockConfiguration'],
  's3:GetPublicAccessBlock': ['s3:GetBucketPublicAccessBlock'],
  'sns:Publish': ['sns:Publish', 'kms:GenerateDataKey', 'kms:Decrypt'],
};

/** In an adapter that the entry has, of which it makes other calls only. */
const NOT_SENT: Readonly<Partial<Record<Role, readonly string[]>>> = {
  // People acknowledge, the notifier reads.
  'orders-Watch/Pages/Notify/Role': ['ssm:PutParameter'],
};

/** Rights that no call in the adapters is behind. */
const BEHIND_THE_SCENES =
  /^(logs:|s3:|kms:|sqs:SendMessage$|ec2:(Create|Delete|Describe)NetworkInterfaces?$|ec2:DescribeSubnets$|ec2:(Una|A)ssignPrivate)/;

/** Clients that are called otherwise than the prefix of their rights. */
const PREFIXES: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  'cloudwatch-logs': 'logs',
  'route-53': 'route53',
  'secrets-manager': 'secretsmanager',
};

/** The file and all that it imports, directly or not. */
function importedBy(path: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(join(ROOT, path), 'utf8');
  for (const [, , to = ''] of text.matchAll(/^(import|export) (?!type).*?from '(\.[^']+)'/gms)) {
    importedBy(join(dirname(path), to), seen);
  }
  return seen;
}

/** What the adapters behind an entry call: `ecs:RunTask`. */
function callsOf(entry: string): readonly string[] {
  const adapters = [...importedBy(entry)].filter((path) => path.startsWith(ADAPTERS));
  return adapters.flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return [...text.matchAll(/import \{([^}]+)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)].flatMap(
      ([, names = '', client = '']) =>
        [...names.matchAll(/\b(?:paginate(\w+)|(\w+)Command)\b/g)].map(
          ([, paged, called]) => `${PREFIXES[client] ?? client}:${paged ?? called}`,
        ),
    );
  });
}

const page = { emails: ['oncall@example.com'], slackSecret: 'pagers/slack' };
const statements = roleStatements(synthesize(environmentOf({ notifications: { page } })));

function rightsOf(role: string): readonly string[] {
  return statements.filter(({ owner }) => owner === role).flatMap(({ actions }) => actions);
}

describe.each(Object.entries(ENTRIES))('%s', (role, entry) => {
  const calls = callsOf(entry).filter((call) => NOT_SENT[role as Role]?.includes(call) !== true);
  const needed = new Set(calls.flatMap((call) => RIGHTS_OF[call] ?? [call]));

  test(`has a right to each call of AWS that ${entry} makes`, () => {
    const rights = rightsOf(role);
    expect([...needed].filter((call) => !rights.includes(call))).toEqual([]);
  });

  test(`has no right to a call that ${entry} does not make`, () => {
    const idle = rightsOf(role).filter(
      (right) => !needed.has(right) && !BEHIND_THE_SCENES.test(right),
    );
    expect(idle).toEqual([]);
  });
});
