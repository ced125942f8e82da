import type { Verdict } from '../../../lib/core/doctor/check.ts';
import type { CheckResult, DoctorReport } from '../../../lib/core/doctor/run-doctor.ts';
import type { Output } from '../output.ts';

type Paint = Output['paint'];

/** What stands before a row; all are equally wide. */
const MARKS: Readonly<Record<Verdict['status'], string>> = {
  ok: 'ok  ',
  warn: 'WARN',
  fail: 'FAIL',
  skipped: '  - ',
};

/**
 * The report for a person: by area, what fails loud and with its fix, then one line that sums up.
 * Checks of an area that are skipped for the same reason share a line.
 */
export function doctorLines(report: DoctorReport, paint: Paint): readonly string[] {
  const width = Math.max(...report.checks.map(({ id }) => id.length));
  const areas = new Set(report.checks.map(({ area }) => area));
  return [
    ...[...areas].flatMap((area) => [
      paint.bold(area),
      ...areaLines(
        report.checks.filter((check) => check.area === area),
        width,
        paint,
      ),
      '',
    ]),
    summary(report, paint),
  ];
}

function areaLines(checks: readonly CheckResult[], width: number, paint: Paint): readonly string[] {
  const sharing = (saw: string): number =>
    checks.filter((check) => check.status === 'skipped' && check.saw === saw).length;
  const told = new Set<string>();
  return checks.flatMap((check) => {
    const { status, saw } = check;
    if (status !== 'skipped' || sharing(saw) === 1) return checkLines(check, width, paint);
    if (told.has(saw)) return [];
    told.add(saw);
    return [rowHead(`${sharing(saw)} checks`, status, width, paint) + paint.dim(saw)];
  });
}

function checkLines(check: CheckResult, width: number, paint: Paint): readonly string[] {
  const { id, about, status, fix, code } = check;
  const saw = harmless(check.saw);
  const head = rowHead(id, status, width, paint);
  if (status === 'ok') return [`${head}${saw}`];
  if (status === 'skipped') return [`${head}${paint.dim(saw)}`];
  const inset = ' '.repeat(2 + MARKS.ok.length + 2 + width + 2);
  const loud = status === 'fail' ? paint.red : paint.yellow;
  return [
    `${head}${loud(`${code === undefined ? '' : `${code}: `}${saw}`)}`,
    `${inset}wanted: ${about}`,
    ...(fix === undefined
      ? []
      : fix.split('\n').map((line) => `${inset}fix: ${paint.bold(harmless(line))}`)),
  ];
}

/** Names from a server may hold what steers a terminal. */
function harmless(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

function rowHead(name: string, status: Verdict['status'], width: number, paint: Paint): string {
  const colour = { ok: paint.green, warn: paint.yellow, fail: paint.red, skipped: paint.dim };
  return `  ${colour[status](MARKS[status])}  ${name.padEnd(width)}  `;
}

function summary({ ok, checks }: DoctorReport, paint: Paint): string {
  const number = (status: Verdict['status']): number =>
    checks.filter((check) => check.status === status).length;
  const counts = `${number('fail')} failed, ${number('warn')} to look at, ${number('ok')} ok, ${number('skipped')} not seen`;
  return ok
    ? `${paint.green('Nothing fails')}: ${counts}.`
    : `${paint.red('DOCTOR-FAILED')}: ${counts}.`;
}
