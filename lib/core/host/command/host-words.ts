/** What a host can be asked to do. */
export const HOST_ACTIONS = ['plan', 'apply', 'status'] as const;
/** One of {@link HOST_ACTIONS}. */
export type HostAction = (typeof HOST_ACTIONS)[number];

/** What a person asks of a host. */
export interface HostRequest {
  readonly action: HostAction;
  readonly execute: boolean;
  readonly now: boolean;
  readonly json: boolean;
}

/** Where the bundle that a host runs keeps its scripts. */
const SCRIPTS = '/opt/holdfast/current';

/** The line of sh by which a host does it: made of fixed words only, so that nothing in it needs quotes. */
export function hostLine({ action, execute, now, json }: HostRequest): string {
  return [
    `${SCRIPTS}/${action}`,
    ...(execute ? ['--execute'] : []),
    ...(now ? ['--now'] : []),
    ...(json ? ['--json'] : []),
  ].join(' ');
}
