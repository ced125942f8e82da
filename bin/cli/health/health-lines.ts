import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { ABSENT_CHECKS } from '../../../lib/core/health/absent-checks.ts';
import { ALL_CHECKS } from '../../../lib/core/health/all-checks.ts';
import type { CheckAbout } from '../../../lib/core/health/check.ts';
import type { CheckResult } from '../../../lib/core/health/check-result.ts';
import { compareIds, countStandings, type HealthReport } from '../../../lib/core/health/report.ts';
import type { Output } from '../output.ts';

type Paint = Output['paint'];

/** What stands before a row; all are equally wide. */
const MARKS: Readonly<Record<CheckResult['standing'], string>> = {
  page: 'PAGE ',
  failed: 'FAILS',
  blind: 'BLIND',
  warn: 'warn ',
  waiting: 'waits',
  ok: 'ok   ',
  absent: '  -  ',
};
const LOOKS = new Map(ALL_CHECKS.map(({ id, look }) => [id, look]));

/** The report for a person: the worst first, with what to run next, then one line that sums up. */
export function healthLines(
  { checks }: HealthReport,
  isFine: boolean,
  paint: Paint,
): readonly string[] {
  const width = Math.max(0, ...checks.map((check) => headOf(check).length));
  return [
    ...checks.flatMap((check) => checkLines(check, width, paint)),
    '',
    summary(checks, isFine, paint),
  ];
}

/** Every check there is, for a person. */
export function listLines(paint: Paint): readonly string[] {
  const width = Math.max(0, ...ALL_CHECKS.map((check) => headOf(check).length));
  const inset = ' '.repeat(width + 2);
  return [
    ...ALL_CHECKS.toSorted((a, b) => compareIds(a.id, b.id)).flatMap((check) => [
      `${paint.bold(headOf(check).padEnd(width))}  ${check.about}`,
      paint.dim(`${inset}group: ${check.group}; needs: ${check.needs}`),
      paint.dim(`${inset}look: ${check.look}`),
    ]),
    ...ABSENT_CHECKS.map(({ id, why }) => `${paint.bold(id.padEnd(width))}  not made: ${why}`),
  ];
}

/** The keys of `holdfast health --list --json`, which programs rely on. */
export function listDocument(): object {
  const rows = ALL_CHECKS.map(
    ({ id, name, tier, group, about, needs, look, source, everyMinutes = 1 }) => ({
      id,
      name,
      tier,
      group,
      about,
      needs,
      look,
      source,
      everyMinutes,
    }),
  );
  return { checks: rows.toSorted((a, b) => compareIds(a.id, b.id)), absent: ABSENT_CHECKS };
}

function checkLines(check: CheckResult, width: number, paint: Paint): readonly string[] {
  const { id, standing, findings = [] } = check;
  const says = harmless(check.says);
  const colour = {
    page: paint.red,
    failed: paint.red,
    blind: paint.yellow,
    warn: paint.yellow,
    waiting: paint.dim,
    ok: paint.green,
    absent: paint.dim,
  }[standing];
  const row = `${colour(MARKS[standing])}  ${headOf(check).padEnd(width)}  ${says}`;
  if (standing !== 'page' && standing !== 'warn') return [row];
  const inset = ' '.repeat(MARKS.ok.length + 2 + width + 2);
  const look = LOOKS.get(id);
  return [
    row,
    ...findings.map((one) => `${inset}${harmless(one.subject)}: ${harmless(one.says)}`),
    ...(look === undefined ? [] : [`${inset}look: ${paint.bold(harmless(look))}`]),
  ];
}

function headOf({ id, name }: Pick<CheckAbout, 'id' | 'name'>): string {
  return `${id.padEnd(3)} ${name}`;
}

/** Names from a server may hold what steers a terminal. */
function harmless(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

function summary(checks: readonly CheckResult[], isFine: boolean, paint: Paint): string {
  const { page, failed, blind, warn, waiting, ok, absent } = countStandings(checks);
  const counts = `${page} to get up for, ${warn} to look at, ${failed} failed, ${blind} blind, ${ok} ok, ${absent} absent, ${waiting} waiting`;
  if (isFine) return `${paint.green('Nothing pages, and nothing failed')}: ${counts}.`;
  return `${paint.red('HEALTH-FAILED')} (${ERROR_CODES['HEALTH-FAILED'].exitCode}): ${counts}.`;
}
