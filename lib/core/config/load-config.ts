import type { z } from 'zod';
import { OpsError } from '../errors/ops-error.ts';

/** Environment variables, as the process or a test gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration from environment variables, all faults reported together. An empty variable
 * counts as absent.
 *
 * @throws {@link OpsError} `CONFIG-INVALID`, with the name and the fault of each.
 */
export function loadConfig<S extends z.ZodType>(schema: S, environment: Environment): z.output<S> {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new OpsError('CONFIG-INVALID', `invalid environment variables: ${faults.join('; ')}`, {
    cause: parsed.error,
    hint: 'the deployment sets these: deploy it again, or correct the variables named',
  });
}
