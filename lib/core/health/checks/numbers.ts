import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { type DatabaseCheck, databaseCheck } from '../check.ts';
import { Num, Text } from '../columns.ts';
import { above, blind, type Finding, ok } from '../judgement.ts';

const MOST_SEQUENCES = 10;
const Row = z.object({ sequence: Text, column_name: Text, used_percent: Num });
type Row = z.output<typeof Row> & { readonly database: string };

/** Checks of numbers that run out. */
export const NUMBER_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    id: 'B11',
    name: 'sequence-used',
    tier: 'B',
    group: 'numbers',
    about: 'no sequence nears its own end, or that of the type of the column that it feeds',
    needs: 'holdfast.sequence_use() in every database: pg_monitor sees no value of any sequence',
    look: 'SELECT * FROM holdfast.sequence_use()',
    source: 'https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL',
    everyMinutes: 5,
    atMinute: 1,
    query: ({ functions }) =>
      functions.has('sequence_use')
        ? `SELECT sequence, column_name, used_percent
             FROM holdfast.sequence_use() ORDER BY used_percent DESC, sequence LIMIT ${MOST_SEQUENCES}`
        : blind('holdfast.sequence_use() is missing: run "holdfast init"'),
    row: Row,
    judge: (rows, { thresholds: { sequencePercent } }) => {
      const worst = rows.toSorted((a, b) => b.used_percent - a.used_percent);
      const [first] = worst;
      const values = { [Metric.SEQUENCE_PERCENT]: first?.used_percent ?? 0 };
      if (first === undefined) return ok('there are no sequences', { values });
      const near = worst.filter(({ used_percent: percent }) => percent > sequencePercent.warn);
      return {
        standing: above(first.used_percent, sequencePercent),
        says: `${nameOf(first)} has used ${shown(first.used_percent)} of its numbers`,
        values,
        findings: near.slice(0, MOST_SEQUENCES).map(toFinding),
      };
    },
  }),
];

function toFinding(row: Row): Finding {
  const { column_name: column, used_percent: percent } = row;
  return {
    subject: nameOf(row),
    says: `${shown(percent)} used${column === '' ? '' : `, for ${column}`}`,
  };
}

function nameOf({ database, sequence }: Row): string {
  return `${database}.${sequence}`;
}

/** Never rounded up to a bound that was not reached. */
function shown(percent: number): string {
  return `${Math.floor(percent * 10) / 10} %`;
}
