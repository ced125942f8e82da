import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HealthMetric } from '../../../lib/core/contract/health-metrics.ts';
import { Metric } from '../../../lib/core/contract/metrics.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CHECKS = join(ROOT, 'lib/core/health/checks');
const TREND_OF_DATABASE = 'the metrics of the database’s probe';

/** An alarm of the table of alarms. */
interface Row {
  readonly id: string;
  readonly tier: string;
  readonly metric: string;
  readonly isBreaching: boolean;
}

/** Whose silence an alarm may be. */
export type Voices = readonly ('ProbeSilent' | 'EstateSilent' | 'DatabaseDown')[];

function alarmRows(): readonly Row[] {
  const table = readFileSync(join(ROOT, 'test/infra/monitoring/alarm-table.txt'), 'utf8');
  return table
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => {
      const [id = '', tier = '', , , metric = ''] = line.split(/\s+/);
      return { id, tier, metric, isBreaching: line.endsWith(' breaching') };
    });
}

/** By a metric’s name, whose silence its own may be: as the sources of the checks say that publish it. */
function publishers(): ReadonlyMap<string, Voices> {
  const names: Readonly<Record<string, string>> = { ...Metric, ...HealthMetric };
  const published = readdirSync(CHECKS).flatMap((file) => {
    const source = readFileSync(join(CHECKS, file), 'utf8');
    const isEstate = file.startsWith('estate-');
    const isOfDatabase = !isEstate || source.includes(TREND_OF_DATABASE);
    const voices: Voices = [
      ...(isEstate ? (['EstateSilent'] as const) : []),
      ...(isOfDatabase ? (['ProbeSilent', 'DatabaseDown'] as const) : []),
    ];
    return [...source.matchAll(/\bMetric\.([A-Z_]+)/g)].map(
      ([, key = '']) => [names[key] ?? key, voices] as const,
    );
  });
  return new Map(published);
}

/** Each alarm of data to which silence is bad and whose metric a check publishes, and whose silence it may be. */
export function expectedVoices(): ReadonlyMap<string, Voices> {
  const by = publishers();
  return new Map(
    alarmRows()
      .filter(({ tier, isBreaching }) => tier === 'A' && isBreaching)
      .flatMap(({ id, metric }) => {
        const voices = by.get(metric);
        return voices === undefined ? [] : [[id, voices] as const];
      }),
  );
}

/** Ids of the alarms of data to which silence is bad and whose metric a check publishes. */
export function breachingOfData(): readonly string[] {
  return [...expectedVoices().keys()];
}

/** The other alarms of data to which silence is bad: no probe has a voice in them. */
export function breachingOfOthers(): readonly string[] {
  const known = expectedVoices();
  return alarmRows()
    .filter(({ id, tier, isBreaching }) => tier === 'A' && isBreaching && !known.has(id))
    .map(({ id }) => id);
}
