import type { ApplyPlan } from '../../../lib/core/host/apply/apply-plan.ts';
import type { ApplyAction } from '../../../lib/core/host/apply/apply-step.ts';
import { BUNDLE_SHA256 } from './running-host.ts';

export const CONFIG = '/etc/holdfast/host-config.json';
export const [OLD, NEW] = ['registry/holdfast:old', 'registry/holdfast:new'];
export const KEEP = `docker tag ${NEW} holdfast:fetched`;
export const FETCH = [`docker pull ${NEW}`, KEEP];
export const GROW = 'xfs_growfs';
export const planBy = (mode: string): string => `host-plan by holdfast:fetched ${mode}`;
/** What comes before the steps. */
export const IN_PLACE = [
  'docker tag holdfast:current holdfast:previous',
  'docker tag holdfast:fetched holdfast:current',
  `host-prepare by sha256:new with ${NEW}`,
];
/** What comes after them. */
export const AFTERWARDS = [
  'systemctl restart holdfast-settle.service',
  'systemctl start --no-block holdfast-save-image.service',
  planBy('plan'),
];
export const RESTART = 'systemctl restart holdfast-postgres.service';

/** What the planner says. */
export function plan(...steps: readonly ApplyAction[]): { readonly plan: ApplyPlan } {
  return {
    plan: {
      steps: steps.map((what) => ({ what, because: ['"what":"stop-pooler" is asked for'] })),
      shadowed: [],
      interrupts: steps.includes('restart-postgres'),
      running: { version: '18.1', bundle: BUNDLE_SHA256 },
      wanted: { image: NEW, version: '18.2', bundle: BUNDLE_SHA256 },
      window: null,
    },
  };
}
