import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { bytes } from '../../doctor/amounts.ts';
import { type DatabaseCheck, databaseCheck } from '../check.ts';
import { Num, Text } from '../columns.ts';
import { blind } from '../judgement.ts';
import { fewest } from '../ticket.ts';

/** Air of less than this is not worth anybody's time. */
const SOME_BYTES = 1024 ** 3;

/** Checks of what tables and indexes take without need. */
export const BLOAT_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    id: 'C10',
    name: 'bloat',
    tier: 'C',
    group: 'schema',
    about: 'no large table or index is mostly air',
    needs: 'the function holdfast.bloat, which "holdfast init" makes',
    look: 'SELECT * FROM holdfast.bloat() ORDER BY waste_bytes DESC',
    source:
      'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
    everyMinutes: 60,
    atMinute: 17,
    query: ({ functions }) =>
      functions.has('bloat')
        ? `SELECT object, kind, bytes, waste_bytes AS waste, waste_percent AS percent
             FROM holdfast.bloat() ORDER BY waste_bytes DESC NULLS LAST LIMIT 20`
        : blind('there is no function holdfast.bloat that the role may call: run holdfast init'),
    row: z.object({ object: Text, kind: Text, bytes: Num, waste: Num, percent: Num }),
    judge: (rows, { thresholds }) => {
      const { warn: some, page: most } = thresholds.bloatPercent;
      const large = rows
        .filter(({ waste, percent }) => waste > SOME_BYTES && percent > some)
        .sort((a, b) => b.waste - a.waste);
      return {
        standing: large.length > 0 ? 'warn' : 'ok',
        says: `${large.length} large tables or indexes with more than ${some} % air, by an estimate`,
        values: { [Metric.BLOATED_TABLES]: large.filter(({ percent }) => percent > most).length },
        ...fewest(
          large.map(({ database, object, kind, bytes: size, waste, percent }) => ({
            subject: `${database}: ${object}`,
            says: `${kind} of ${bytes(size)}, of which about ${bytes(waste)} (${percent.toFixed(0)} %) is air`,
          })),
        ),
      };
    },
  }),
];
