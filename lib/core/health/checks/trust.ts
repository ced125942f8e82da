import { Metric } from '../../contract/metrics.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, below } from '../judgement.ts';
import { probeCheck, type ProbeKnown } from '../probe-facts.ts';

const DAY_MS = 86_400_000;
/** An alarm reads whatever lies further off as never. */
const MOST_DAYS = 3_650;

/** Checks of what clients trust the server by. */
export const TRUST_CHECKS: readonly FactCheck<ProbeKnown>[] = [
  probeCheck({
    id: 'B21',
    name: 'certificate',
    tier: 'B',
    group: 'trust',
    about: 'the certificate that the server shows to clients lasts',
    needs: 'a connection over TLS',
    look: `openssl s_client -starttls postgres -connect "$PGHOST:5432" </dev/null | openssl x509 -noout -enddate -subject`,
    source: 'https://www.postgresql.org/docs/current/ssl-tcp.html',
    fact: 'certificate',
    judge: (certificate, { now, thresholds: { certificateDaysLeft } }) => {
      if (certificate === undefined) return absent('the connection is not encrypted');
      const { endsAt } = certificate;
      const days = Math.min(MOST_DAYS, (endsAt.getTime() - now.getTime()) / DAY_MS);
      const day = endsAt.toISOString().slice(0, 10);
      return {
        standing: below(days, certificateDaysLeft),
        says: days < 0 ? `it ended on ${day}` : `${Math.floor(days)} days left, until ${day}`,
        values: { [Metric.CERTIFICATE_DAYS_LEFT]: days },
      };
    },
  }),
];
