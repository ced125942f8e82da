import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAlarmName } from '../../lib/core/contract/deployed-names.ts';
import { Event } from '../../lib/core/contract/events.ts';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors/codes.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '../infra/support/resources.ts';
import { clusterOf } from '../infra/support/inputs.ts';
import { synthesize } from '../infra/support/synthesis.ts';
import { sectionOf } from '../support/markdown-commands.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RUNBOOK = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
/** What an engineer needs to know at night, in this order. */
const QUESTIONS = ['Means', 'At stake', 'Look', 'Do', 'Fixed when'];
const MAX_LINES = 24;

/** With all that can be watched. */
const synthesis = synthesize(
  clusterOf({ copy: { region: 'eu-west-1' }, health: { endpoint: true } }),
);
/**
 * Of the alarms, by the last part of their names, in the order of their tables: those about a metric, those of groups,
 * those in another region. What only explains others tells nobody, and needs no section.
 */
const alarms = new Map(
  [
    ['orders-Watch', 'AWS::CloudWatch::Alarm'],
    ['orders-Watch', 'AWS::CloudWatch::CompositeAlarm'],
    ['orders-CopyWatch', 'AWS::CloudWatch::Alarm'],
  ]
    .flatMap(([watch, type]) => synthesis.resources(type).filter(({ stack }) => stack === watch))
    .filter(
      ({ type, properties }) => type === 'AWS::CloudWatch::Alarm' || 'AlarmActions' in properties,
    )
    .map(({ properties }) => [
      parseAlarmName(textOf(properties['AlarmName']))?.id ?? '',
      properties,
    ]),
);
/** Sections of alarms and of codes are the only headings of the third level. */
const sections = new Map(
  RUNBOOK.split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const end = lines.findIndex((line) => line.startsWith('## '));
      return [heading, lines.slice(0, end === -1 ? undefined : end)] as const;
    }),
);

/** How soon an alarm about a metric comes, and what silence is to it. */
function after(properties: JsonObject): string {
  // Of several metrics put together each has its period.
  const [first] = objectsOf(properties['Metrics']);
  const period =
    properties['Period'] ?? first?.['Period'] ?? objectOf(first?.['MetricStat'])['Period'];
  const minutes = (periods: unknown): number => (Number(period) * Number(periods)) / 60;
  const comes = minutes(properties['DatapointsToAlarm']);
  const stays = minutes(properties['EvaluationPeriods']);
  const staying = stays === comes ? '' : `; stays for ${stays} minutes`;
  const silence = properties['TreatMissingData'] === 'breaching' ? '; silence counts' : '';
  return `after ${comes} minutes${staying}${silence}`;
}

describe('the runbook', () => {
  test('has one section per alarm and per error code, in the order of their tables, and no other', () => {
    expect([...sections.keys()]).toEqual([...alarms.keys(), ...Object.keys(ERROR_CODES)]);
  });

  test.each([...alarms])('%s: says what the table of alarms says', (id, properties) => {
    const severity = textOf(properties['AlarmDescription']).includes('severity page')
      ? 'Page'
      : 'Ticket';
    const when = 'AlarmRule' in properties ? 'when one of its alarms goes off' : after(properties);
    expect(sections.get(id)).toContain(`*${severity} ${when}.*`);
  });

  test('finds log groups and queues by names that they have', () => {
    const resources = synthesis.resources();
    const types: Readonly<Record<string, string>> = {
      group: 'AWS::Logs::LogGroup',
      queue: 'AWS::SQS::Queue',
    };
    const uses = [...RUNBOOK.matchAll(/\$\((group|queue) ([\w-]+) (\w+)\)/g)];
    expect(uses.length).toBeGreaterThan(0);
    const wrong = uses.filter(([, kind = '', stack = '', prefix = '']) => {
      const found = resources.filter(
        (one) =>
          one.stack.toLowerCase() === `orders-${stack.replaceAll('-', '')}` &&
          one.type === types[kind] &&
          one.id.startsWith(prefix),
      );
      return found.length !== 1;
    });
    expect(wrong.map(([use]) => use)).toEqual([]);
  });

  test('asks the logs for events and fields that the code writes', () => {
    const queries = [...RUNBOOK.matchAll(/ask "\$\(group [\w-]+ \w+\)" '([^']+)'/g)].map(
      ([, query = '']) => query,
    );
    expect(queries.length).toBeGreaterThan(10);
    const source = globSync('{functions,tasks,lib/core}/**/*.ts', { cwd: ROOT })
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
      .join('\n');
    const fields = queries.flatMap((query) =>
      (/^fields (.*?) \|/.exec(query)?.[1] ?? '')
        .split(', ')
        .filter((name) => name !== '@timestamp'),
    );
    const isWritten = (name: string): boolean => new RegExp(`\\b${name}\\b *[,:}]`).test(source);
    expect([...new Set(fields)].filter((name) => !isWritten(name))).toEqual([]);
    const events = queries.flatMap((query) =>
      [...query.matchAll(/event = "([^"]+)"/g)].map(([, event]) => event),
    );
    expect(events.filter((event) => !Object.values<string>(Event).includes(event ?? ''))).toEqual(
      [],
    );
  });

  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s: says what the registry says', (code) => {
    const { exitCode, retryable } = ERROR_CODES[code];
    const passes = retryable ? 'may pass by itself' : 'does not pass by itself';
    expect(sections.get(code)).toContain(`*Exit ${exitCode}; ${passes}.*`);
  });

  test.each([...sections])('%s: answers every question, in short', (_, lines) => {
    const questions = lines.flatMap((line) => /^- \*\*(.+?):\*\* /.exec(line)?.[1] ?? []);
    expect(questions).toEqual(QUESTIONS);
    expect(lines.length).toBeLessThanOrEqual(MAX_LINES);
  });

  test('quotes the archive and restore scripts as they speak', () => {
    const scripts = globSync('lib/core/adapters/scripts/*.sh', { cwd: ROOT })
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
      .join('\n');
    const rows = sectionOf(RUNBOOK, "Lines in PostgreSQL's own log").matchAll(/^\| (`.+?`) \|/gm);
    const quotes = [...rows].flatMap(([, cell = '']) => cell.slice(1, -1).split('`, `'));
    expect(quotes.length).toBeGreaterThan(0);
    expect(quotes.filter((quote) => !scripts.includes(quote.replace('…', '')))).toEqual([]);
  });
});
