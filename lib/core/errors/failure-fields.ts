import type { LogFields } from '../ports/log.ts';
import type { OpsError } from './ops-error.ts';

/** A failure as fields of a log line, details included: both hashes of a conflict, for one. */
export function failureFields({ code, message, hint, details }: OpsError): LogFields {
  const snake = (name: string): string =>
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const values = Object.entries(details).map(([name, value]) => [snake(name), value] as const);
  return { ...Object.fromEntries(values), error_code: code, error: message, hint };
}
