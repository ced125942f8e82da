import { Env } from '../../../contract/environment.ts';
import { OpsError } from '../../../errors/ops-error.ts';

/** A sealed object that somebody reads without any key. */
export function sealed(object: string): OpsError {
  return new OpsError('VAULT-SEALED', `${object} is sealed: give ${Env.ENVELOPE_KEY}`, {
    hint: `set ${Env.ENVELOPE_KEY}, or --envelope-key, to the KMS key or the key file of this archive`,
    details: { object },
  });
}

/** A sealed object whose bytes are not those that were sealed under its key. */
export function brokenSeal(object: string, what: string, cause?: unknown): OpsError {
  return new OpsError('VAULT-SEALED', `${object} ${what}`, {
    cause,
    hint: 'the object was damaged, cut or exchanged after it was stored: run "holdfast verify --deep" to see what else is',
    details: { object, seal: 'broken' },
  });
}

/** What the hint of a {@link keyRefused} says unless there is more to say. */
const WHICH_KEY = `see that ${Env.ENVELOPE_KEY}, or --envelope-key, names the key of this archive, and that it may be used`;

/** A key that does not serve: gone, refused, or another one. Never says anything of the key's bytes. */
export function keyRefused(
  message: string,
  details: Readonly<Record<string, string>>,
  { cause, hint = WHICH_KEY }: { readonly cause?: unknown; readonly hint?: string } = {},
): OpsError {
  return new OpsError('VAULT-KEY', message, { cause, hint, details });
}
