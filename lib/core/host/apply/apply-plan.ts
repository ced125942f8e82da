import type { MaintenanceWindow } from '../../config/host-config.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { ShadowedSetting } from './compare-settings.ts';
import { windowAt, type WindowState } from './maintenance-window.ts';
import { interrupts, planApply } from './plan-apply.ts';
import type { ApplyFacts } from './apply-facts.ts';
import type { ApplyStep } from './apply-step.ts';

/** A plan as it is printed: a contract, whose `format` is the document's. */
export interface ApplyPlan {
  readonly steps: readonly ApplyStep[];
  /** Wanted values without effect; nothing is done about them. */
  readonly shadowed: readonly ShadowedSetting[];
  /** Whether clients lose their connections to PostgreSQL. */
  readonly interrupts: boolean;
  readonly running: { readonly version: string | null; readonly bundle: string };
  readonly wanted: { readonly image: string; readonly version: string; readonly bundle: string };
  /** `null`: any time will do. */
  readonly window: WindowState | null;
}

/** What a person asked for: only to see, to do it in the window, or to do it whenever it is. */
export type ApplyMode = 'plan' | 'execute' | 'now';

/** The whole plan. @throws as {@link planApply}. */
export function describeApply(
  facts: ApplyFacts,
  window: MaintenanceWindow | undefined,
  now: Date,
): ApplyPlan {
  const steps = planApply(facts);
  const { image, bundle, server } = facts;
  return {
    steps,
    shadowed: server?.differences.shadowed ?? [],
    interrupts: interrupts(steps, facts),
    running: { version: server?.version ?? null, bundle: bundle.running },
    wanted: { image: image.reference, version: image.version, bundle: bundle.wanted },
    window: window === undefined ? null : windowAt(window, now),
  };
}

/**
 * Passes if the plan may be carried out at `now`.
 *
 * @throws {@link OpsError} `HOST-WINDOW` when it would restart PostgreSQL outside the window, and
 *   nobody said "now".
 */
export function assertTimely({ interrupts: stops, window }: ApplyPlan, mode: ApplyMode): void {
  if (mode !== 'execute' || !stops || window === null || window.isOpen) return;
  const [opens, closes] = [window.opensAt, window.closesAt].map((date) => date.toISOString());
  throw new OpsError(
    'HOST-WINDOW',
    `PostgreSQL would be restarted outside its maintenance window, which opens at ${opens}`,
    {
      hint: `run it again between ${opens} and ${closes}, or add --now if clients may lose their connections at once`,
      details: { opensAt: opens ?? '', closesAt: closes ?? '' },
    },
  );
}
