import { Event } from '../contract/events.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { Log } from '../ports/log.ts';
import type { CallOptions } from '../ports/object-store.ts';
import type { RoleLogins } from '../ports/role-logins.ts';
import {
  type SecretDescription,
  type SecretVersions,
  Stage,
  type VersionName,
} from '../ports/secret-versions.ts';
import { generatePassword } from './generate-password.ts';
import { currentVersion, judgeRotation } from './judge-rotation.ts';
import { type RoleCredentials, roleCredentials, withPassword } from './role-secret.ts';
import type { RotationEvent, RotationStep } from './rotation-event.ts';
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts';

/** What a rotation works with. */
export interface RotationContext extends CallOptions {
  readonly cluster: string;
  readonly versions: SecretVersions;
  /** Of the server whose roles the secrets are. */
  readonly logins: RoleLogins;
  /** Gives so many random bytes. */
  readonly random: (count: number) => Uint8Array;
  readonly log: Log;
}

type RunStep = (
  event: RotationEvent,
  context: RotationContext,
  description: SecretDescription,
) => Promise<void>;

const RUN: Readonly<Record<RotationStep, RunStep>> = {
  createSecret,
  setSecret,
  testSecret,
  finishSecret,
};

/**
 * Takes one step of the rotation of a role's password, which the role changes by itself. A step that
 * was interrupted at any point is taken again and comes to the same end; at every moment the current,
 * the pending or the previous version of the secret lets the role in.
 *
 * @throws {@link OpsError} `SECRET-MALFORMED`, `SECRET-FAILED`, `PG-CONNECT` and the server's other
 *   codes, `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function runRotation(event: RotationEvent, context: RotationContext): Promise<void> {
  const { versions, signal } = context;
  const description = await versions.describe(event.secret, { signal });
  if (judgeRotation(description, event) === 'done') return;
  await RUN[event.step](event, context, description);
}

/** Generates a password, unless the pending version has one. */
async function createSecret(event: RotationEvent, context: RotationContext): Promise<void> {
  const { secret, token } = event;
  const { versions, random, signal } = context;
  const pending = { stage: Stage.PENDING, version: token };
  if ((await versions.read(secret, pending, { signal })) !== undefined) return;
  const current = await readVersion(event, context, { stage: Stage.CURRENT });
  const text = withPassword(current, secret, generatePassword(random));
  await versions.putPending(secret, token, text, { signal });
}

/** Gives the role its pending password. */
async function setSecret(event: RotationEvent, context: RotationContext): Promise<void> {
  const { secret, token } = event;
  const { versions, logins, random, signal } = context;
  const pending = await readCredentials(event, context, { stage: Stage.PENDING, version: token });
  const verifier = scramVerifier(pending.password, random(SALT_BYTES));
  const changeAs = async (credentials: RoleCredentials): Promise<boolean> => {
    assertSameRole(credentials, pending, secret);
    return (await logins.changeOwnPassword(credentials, verifier, { signal })) === 'changed';
  };
  if (await changeAs(await readCredentials(event, context, { stage: Stage.CURRENT }))) return;
  // It was changed already, by a run that ended before it could say so.
  if ((await logins.logIn(pending, { signal })) !== undefined) return;
  const previous = await versions.read(secret, { stage: Stage.PREVIOUS }, { signal });
  if (previous !== undefined && (await changeAs(roleCredentials(previous, secret)))) return;
  throw new OpsError('SECRET-FAILED', `no version of ${secret} lets ${pending.user} in`, {
    hint: 'a superuser has to set the role’s password to the current one of the secret: see the runbook',
  });
}

/** Proves that the pending password is the role's. */
async function testSecret(event: RotationEvent, context: RotationContext): Promise<void> {
  const { secret, token } = event;
  const { logins, signal } = context;
  const pending = await readCredentials(event, context, { stage: Stage.PENDING, version: token });
  const user = await logins.logIn(pending, { signal });
  if (user === pending.user) return;
  const what = user === undefined ? 'is refused' : `makes a session of ${user}`;
  throw new OpsError('SECRET-FAILED', `the pending password of ${pending.user} ${what}`, {
    hint: 'somebody changed the role’s password or the rules of pg_hba.conf during the rotation of it: rotate again',
    details: { secret },
  });
}

/** Makes the pending version the current one. */
async function finishSecret(
  { secret, token }: RotationEvent,
  { versions, log, cluster, signal }: RotationContext,
  description: SecretDescription,
): Promise<void> {
  const from = currentVersion(description);
  await versions.makeCurrent(secret, { version: token, from }, { signal });
  log.info(Event.SECRET_ROTATED, { cluster, secret, version: token });
}

async function readCredentials(
  event: RotationEvent,
  context: RotationContext,
  name: VersionName,
): Promise<RoleCredentials> {
  return roleCredentials(await readVersion(event, context, name), event.secret);
}

async function readVersion(
  { secret }: RotationEvent,
  { versions, signal }: RotationContext,
  name: VersionName,
): Promise<string> {
  const text = await versions.read(secret, name, { signal });
  if (text !== undefined) return text;
  throw new OpsError('SECRET-MALFORMED', `the secret ${secret} has no version ${name.stage}`, {
    hint: 'write a current version with the role’s name and password; a pending one comes by rotating',
  });
}

/** Another role's password must not be changed by the words of a version that somebody edited. */
function assertSameRole(one: RoleCredentials, other: RoleCredentials, secret: string): void {
  if (one.user === other.user) return;
  throw new OpsError('SECRET-MALFORMED', `the versions of ${secret} name different roles`, {
    hint: 'remove the pending version of the secret and rotate again',
    details: { one: one.user, other: other.user },
  });
}
