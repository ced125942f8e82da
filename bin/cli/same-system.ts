import { OpsError } from '../../lib/core/errors/ops-error.ts';

/** Something that carries a system identifier, and how to name it. */
export interface SystemHolder {
  readonly name: string;
  readonly systemIdentifier: string;
}

/**
 * Proves that two things belong to the same PostgreSQL system.
 *
 * @throws {@link OpsError} `WAL-IDENTITY` with both identifiers.
 */
export function assertSameSystem(found: SystemHolder, expected: SystemHolder): void {
  if (found.systemIdentifier === expected.systemIdentifier) return;
  throw new OpsError(
    'WAL-IDENTITY',
    `${found.name} is system ${found.systemIdentifier}, ${expected.name} is ${expected.systemIdentifier}`,
    { hint: 'one of them is another server: check --host, --port, --data-dir and --store' },
  );
}
