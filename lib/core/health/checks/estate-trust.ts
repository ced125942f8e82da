import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import type { SecretAge } from '../../ports/secret-ages.ts';
import { estateCheck, type EstateKnown } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, below, type Finding, ok, warn } from '../judgement.ts';

const DAY_MS = 86_400_000;
const MOST_FINDINGS = 10;

/** Checks of the secrets that roles log in with. */
export const SECRET_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    id: 'B22',
    name: 'secrets-rotated',
    tier: 'B',
    group: 'trust',
    about: 'every secret that is to be rotated was, when it was due',
    needs: 'secretsmanager:DescribeSecret',
    look: 'aws secretsmanager describe-secret --secret-id <name>',
    source:
      'https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html',
    everyMinutes: 5,
    atMinute: 1,
    fact: 'secrets',
    judge: (secrets, { now, thresholds }) => {
      if (secrets.length === 0) return absent('no secret that is to be rotated');
      const unruled = secrets.filter(({ isRotated, dueAt }) => !isRotated || dueAt === undefined);
      const due = secrets
        .flatMap((secret) => {
          const days = daysLeft(secret, now);
          return days === undefined ? [] : [{ name: secret.name, days }];
        })
        .toSorted((one, other) => one.days - other.days);
      const findings: readonly Finding[] = [
        ...unruled.map(({ name }) => ({ subject: name, says: 'nobody rotates it' })),
        ...due
          .filter(({ days }) => below(days, thresholds.secretDaysLeft) !== 'ok')
          .map(({ name, days }) => ({ subject: name, says: `due ${(-days).toFixed(1)} days ago` })),
      ].slice(0, MOST_FINDINGS);
      const [soonest] = due;
      const off =
        unruled.length > 0 ? `${count(unruled.length, 'secret')} that nobody rotates` : '';
      if (soonest === undefined) return warn(off, { findings });
      const values = { [Metric.SECRET_DAYS_LEFT]: soonest.days };
      const standing = below(soonest.days, thresholds.secretDaysLeft);
      const says = `${soonest.name}: ${soonest.days.toFixed(1)} days left`;
      if (standing === 'ok' && off === '') return ok(says, { values });
      return {
        standing: standing === 'page' ? 'page' : 'warn',
        says: [says, off].filter((words) => words !== '').join('; '),
        values,
        findings,
      };
    },
  }),
];

function daysLeft({ isRotated, dueAt }: SecretAge, now: Date): number | undefined {
  return isRotated && dueAt !== undefined ? (dueAt.getTime() - now.getTime()) / DAY_MS : undefined;
}
