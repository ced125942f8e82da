import { describe, expect, test } from 'vitest';
import { LOG_FILTERS, type LogFilter } from '../../../lib/infra/monitoring/health/log-filters.ts';
import { alarmsOf } from '../support/alarms.ts';
import { objectsOf, textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';

const PREFIX = '2026-12-01 02:00:00.000 UTC [71]';
/** Lines as PostgreSQL writes them, with the prefix that a host sets, and what counts them. */
const LINES: readonly (readonly [line: string, metric: string | undefined])[] = [
  [
    `${PREFIX} XX001 app@shop psql ERROR:  invalid page in block 0 of relation base/5/16384`,
    'CorruptionErrors',
  ],
  [
    `${PREFIX} XX002 app@shop psql ERROR:  index "orders_pkey" contains unexpected zero page at block 3`,
    'CorruptionErrors',
  ],
  [
    `${PREFIX} 58030 app@shop psql ERROR:  could not read block 7 in file "base/5/16384": Input/output error`,
    'CorruptionErrors',
  ],
  [
    `${PREFIX} XX001 app@shop psql ERROR:  missing chunk number 0 for toast value 16390 in pg_toast_16384`,
    'CorruptionErrors',
  ],
  [
    `${PREFIX} 00000 LOG:  server process (PID 99) was terminated by signal 9: Killed`,
    'BackendsKilled',
  ],
  [`${PREFIX} 57014 ERROR:  canceling autovacuum task`, 'AutovacuumsCancelled'],
  [
    `${PREFIX} 00000 LOG:  server process (PID 99) was terminated by signal 15: Terminated`,
    undefined,
  ],
  [`${PREFIX} 57014 app@shop psql ERROR:  canceling statement due to user request`, undefined],
  [
    `${PREFIX} 23505 app@shop psql ERROR:  duplicate key value violates unique constraint`,
    undefined,
  ],
];

/** As CloudWatch matches optional terms: one of them is enough, and case counts. */
function counts({ terms }: LogFilter, line: string): boolean {
  return terms.some((term) => line.includes(term));
}

describe('filters of the server’s log', () => {
  test.each(LINES)('%s', (line, metric) => {
    const found = LOG_FILTERS.filter((filter) => counts(filter, line));
    expect(found.map((filter) => filter.metric)).toEqual(metric === undefined ? [] : [metric]);
  });

  test('have each an alarm, which bears minutes without any such line', () => {
    const synthesis = synthesize();
    const filters = synthesis.resources('AWS::Logs::MetricFilter');
    const sent = filters.flatMap(({ properties }) =>
      objectsOf(properties['MetricTransformations']).map((one) =>
        [one['MetricNamespace'], one['MetricName'], one['MetricValue'], one['DefaultValue']]
          .map(textOf)
          .join(' ')
          .trim(),
      ),
    );
    const watched = alarmsOf(synthesis).filter(
      ({ namespace }) => namespace === 'Holdfast/prod/orders',
    );
    expect(watched.map(({ metric, namespace }) => `${namespace} ${metric} 1`).toSorted()).toEqual(
      sent.toSorted(),
    );
    expect(watched.map(({ missing, statistic }) => `${missing} ${statistic}`)).toEqual(
      watched.map(() => 'notBreaching Sum'),
    );
  });

  test('are quoted terms, optional where there are several', () => {
    const patterns = synthesize()
      .resources('AWS::Logs::MetricFilter')
      .map(({ properties }) => textOf(properties['FilterPattern']));
    expect(patterns.toSorted()).toEqual([
      '"canceling autovacuum task"',
      '"was terminated by signal 9"',
      '?"XX001" ?"XX002" ?"could not read block" ?"missing chunk number" ?"invalid page in"',
    ]);
  });
});
