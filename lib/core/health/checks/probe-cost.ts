import { Metric } from '../../contract/metrics.ts';
import type { FactCheck } from '../fact-check.ts';
import { above } from '../judgement.ts';
import { probeCheck, type ProbeKnown } from '../probe-facts.ts';

/** Half a hundredth of one core, at one run a minute, is the budget; the alarm begins there too. */
const SERVER_MS = { warn: 300, page: Number.POSITIVE_INFINITY };

/** Checks of what the probe costs the server. */
export const PROBE_COST_CHECKS: readonly FactCheck<ProbeKnown>[] = [
  probeCheck({
    id: 'M3',
    name: 'probe-cost',
    tier: 'M',
    group: 'monitor',
    about: 'the checks take no more of the server than they are worth',
    needs: 'nothing but a login',
    look: 'holdfast health --list',
    source: 'https://www.postgresql.org/docs/current/runtime-config-client.html',
    fact: 'cost',
    judge: ({ serverMs, wallMs }) => ({
      standing: above(serverMs, SERVER_MS),
      says: `${Math.round(serverMs)} ms of the server, ${Math.round(wallMs)} ms in all`,
      values: { [Metric.PROBE_SERVER_MS]: serverMs },
    }),
  }),
];
