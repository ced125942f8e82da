import { Metric } from '../../contract/metrics.ts';
import type { FactCheck } from '../fact-check.ts';
import { above } from '../judgement.ts';
import { probeCheck, type ProbeKnown } from '../probe-facts.ts';

/** Checks of the server's clock. */
export const CLOCK_CHECKS: readonly FactCheck<ProbeKnown>[] = [
  probeCheck({
    id: 'D3',
    name: 'clock',
    tier: 'D',
    group: 'settings',
    about: `the server's clock and the probe's agree, as far as the way between them lets that be told`,
    needs: 'nothing but a login',
    look: 'chronyc tracking',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html',
    fact: 'clock',
    judge: ({ aheadMs, uncertaintyMs }, { thresholds: { clockSkewSec } }) => {
      const sec = Math.max(0, Math.abs(aheadMs) - uncertaintyMs) / 1_000;
      const side = aheadMs < 0 ? 'behind' : 'ahead';
      return {
        standing: above(sec, clockSkewSec),
        says: sec === 0 ? `within ${ms(uncertaintyMs)}` : `at least ${ms(sec * 1_000)} ${side}`,
        values: { [Metric.CLOCK_SKEW_SEC]: sec },
      };
    },
  }),
];

function ms(count: number): string {
  return `${Math.ceil(count)} ms`;
}
