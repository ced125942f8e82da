import { z } from 'zod';
import { OpsError } from '../errors/ops-error.ts';

/**
 * What a role's secret must hold. What else stands there, such as host and port for other clients, is
 * kept and not used: where the server is, the deployment says.
 */
const RoleSecret = z.looseObject({
  username: z.string().min(1),
  password: z.string().min(1),
  dbname: z.string().min(1).optional(),
});
type RoleSecret = z.output<typeof RoleSecret>;

/** With what a role logs in. */
export interface RoleCredentials {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** There is always one of that name. */
const DATABASE = 'postgres';

/**
 * The credentials in the text of a role's secret.
 *
 * @param name - the secret's ARN or name, for the message; of the text not a word is told.
 * @throws {@link OpsError} `SECRET-MALFORMED`, with the name and the fault of each field.
 */
export function roleCredentials(text: string, name: string): RoleCredentials {
  const { username, password, dbname = DATABASE } = parseRoleSecret(text, name);
  return { user: username, password, database: dbname };
}

/** The text of a role's secret with another password in it, all else as it was. Throws as {@link roleCredentials}. */
export function withPassword(text: string, name: string, password: string): string {
  return JSON.stringify({ ...parseRoleSecret(text, name), password });
}

function parseRoleSecret(text: string, name: string): RoleSecret {
  const parsed = RoleSecret.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? 'it is no JSON object' : `${path.join('.')}: ${message}`,
  );
  throw new OpsError('SECRET-MALFORMED', `the secret ${name} is no role's: ${faults.join('; ')}`, {
    hint: 'write it as a JSON object with "username" and "password", as the runbook shows',
  });
}

/** `undefined` for other text: what Node says of it would quote it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
