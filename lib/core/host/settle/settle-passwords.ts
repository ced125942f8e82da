import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { RolePasswords } from '../../ports/role-passwords.ts';
import { type SecretVersions, Stage } from '../../ports/secret-versions.ts';
import { roleCredentials } from '../../secrets/role-secret.ts';
import { isVerifierOf, scramVerifier } from '../../secrets/scram-verifier.ts';

/** What {@link settlePasswords} works with. */
export interface PasswordDeps extends CallOptions {
  readonly passwords: RolePasswords;
  readonly secrets: Pick<SecretVersions, 'read'>;
  /** Salt for one verifier. */
  readonly salt: () => Uint8Array;
}

/**
 * Gives each role the password in its secret, where the server has another: a new server has none, and one
 * that was recovered those of its own time. One that a rotation has set, and is about to make current, stays.
 *
 * @param roleSecrets - name of the secret by the role's name.
 * @returns the roles whose password was set.
 * @throws {@link OpsError} `SECRET-MALFORMED` for a secret without a value or of another role; the ports' errors.
 */
export async function settlePasswords(
  roleSecrets: Readonly<Record<string, string>>,
  deps: PasswordDeps,
): Promise<readonly string[]> {
  const { passwords, salt, signal } = deps;
  const set: string[] = [];
  for (const [role, secret] of Object.entries(roleSecrets)) {
    const wanted = await passwordIn(secret, role, Stage.CURRENT, deps);
    if (wanted === undefined) {
      throw new OpsError('SECRET-MALFORMED', `the secret ${secret} has no value`, {
        hint: 'the deployment generates one: see "aws secretsmanager describe-secret"',
      });
    }
    const standing = await passwords.verifierOf(role, { signal });
    if (standing !== undefined) {
      if (isVerifierOf(standing, wanted)) continue;
      const pending = await passwordIn(secret, role, Stage.PENDING, deps);
      if (pending !== undefined && isVerifierOf(standing, pending)) continue;
    }
    await passwords.setVerifier(role, scramVerifier(wanted, salt()), { signal });
    set.push(role);
  }
  return set;
}

async function passwordIn(
  secret: string,
  role: string,
  stage: Stage,
  { secrets, signal }: PasswordDeps,
): Promise<string | undefined> {
  const text = await secrets.read(secret, { stage }, { signal });
  if (text === undefined) return undefined;
  const { user, password } = roleCredentials(text, secret);
  if (user === role) return password;
  throw new OpsError('SECRET-MALFORMED', `the secret ${secret} is of ${user}, not of ${role}`, {
    hint: 'the deployment names one secret for each role: deploy it again',
  });
}
