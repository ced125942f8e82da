import type { AuditFigures, AuditRecord } from '../../lib/core/audit/archive-audit/audit-record.ts';
import { formatBytes, formatSeconds, formatTime } from './format.ts';

/** What an audit found and measured, for people: faults first. */
export function auditLines(
  { findings, figures, pass, fullAt }: AuditRecord,
  alarm: (text: string) => string,
): readonly string[] {
  const faults = findings.listed.filter(({ severity }) => severity === 'fault');
  const notes = findings.listed.filter(({ severity }) => severity === 'note');
  const count = faults.length + findings.more;
  const scope =
    pass === 'full' || fullAt === undefined
      ? 'Everything was listed.'
      : `What is new was listed; everything at ${formatTime(fullAt)}.`;
  return [
    ...faults.map(({ code, object, detail }) => alarm(`${code}  ${object}: ${detail}`)),
    ...(findings.more > 0 ? [alarm(`and ${findings.more} more`)] : []),
    ...notes.map(({ code, object, detail }) => `note: ${code}  ${object}: ${detail}`),
    ...(figures === undefined ? [] : figureLines(figures, alarm)),
    `${count === 0 ? 'Everything is in order' : count === 1 ? '1 finding' : `${count} findings`}. ${scope}`,
  ];
}

function figureLines(figures: AuditFigures, alarm: (text: string) => string): readonly string[] {
  const { recoverablePoint: point, stored, hashes, growthBytesPerDay: growth } = figures;
  const wal = stored.wal.bytes + stored.index.bytes + stored.tail.bytes;
  return [
    point === undefined
      ? alarm('recoverable     nothing: there is no restorable base backup')
      : `recoverable     to ${point.lsn}, ${formatTime(point.time)}, ${formatSeconds(point.ageSec)} ago`,
    `window          ${figures.windowDays.toFixed(1)} days${figures.windowShortDays > 1 ? alarm(`, ${figures.windowShortDays.toFixed(1)} too short`) : ''}`,
    `backups         ${figures.restorableBackups} restorable`,
    `gaps            ${figures.gaps}, and ${figures.knownGaps} acknowledged`,
    `stored          ${formatBytes(wal)} of WAL, ${formatBytes(stored.base.bytes)} of backups, ${formatBytes(stored.other.bytes)} of records`,
    `growth          ${growth < 0 ? '-' : ''}${formatBytes(Math.abs(growth))} a day`,
    hashes === undefined
      ? 'bytes           never read: see --hashes'
      : `bytes           all read within ${hashes.ageDays.toFixed(1)} days, ${hashes.corruptObjects} damaged`,
  ];
}
