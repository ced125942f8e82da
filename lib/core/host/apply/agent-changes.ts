import type { HostConfig } from '../../config/host-config.ts';

/** What of a configuration the agent is started with. */
const TOLD = ['environment', 'cluster', 'store', 'kmsKey', 'envelopeKey', 'logGroup'] as const;

/**
 * Names of what the agent would be told in other words than before.
 *
 * @param running - JSON of what the host was told last; what cannot be read counts as nothing told, and
 *   changes nothing.
 */
export function agentChanges(
  running: string | undefined,
  wanted: Pick<HostConfig, (typeof TOLD)[number]>,
): readonly string[] {
  const before = parse(running);
  if (before === undefined) return [];
  return TOLD.filter((name) => before[name] !== wanted[name]);
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
