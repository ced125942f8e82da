import { recoverablePoint } from '../../catalog/recoverable-point.ts';
import { type Check, fail, ok, warn } from '../check.ts';
import { ageSec, bytes, count, span } from '../amounts.ts';
import { agentCommand, backupCommand } from '../fixes.ts';

const FIRST_TIMELINE = 1;
const READY_WARN = 10;
const READY_FAIL = 64;
const WAITING_WARN_SEC = 300;
const WAITING_FAIL_SEC = 900;
/** The segment being written is never archived; one more may be on its way. */
const LAG_OK_SEGMENTS = 2;
const LAG_FAIL_SEGMENTS = 64;

/** Whether WAL leaves the server, and how far it has come. */
export const ARCHIVING_CHECKS: readonly Check[] = [
  {
    id: 'archiver',
    area: 'archiving',
    about: "the archiver's last attempt succeeded",
    judge: (see) => {
      const { lastArchivedFile, lastArchivedAt, lastFailedFile, lastFailedAt } = see('archiver');
      const now = see('now');
      const isFailing =
        lastFailedAt !== undefined &&
        (lastArchivedAt === undefined || lastFailedAt > lastArchivedAt);
      if (isFailing) {
        return fail(
          `${lastFailedFile} failed ${span(ageSec(lastFailedAt, now))} ago`,
          `${agentCommand(see('given'))}  # or see the log of the one that runs`,
        );
      }
      if (lastArchivedAt !== undefined) {
        return ok(`${lastArchivedFile} ${span(ageSec(lastArchivedAt, now))} ago`);
      }
      return warn(
        'nothing was ever archived',
        `psql -c "SELECT pg_switch_wal()"  # then look again`,
      );
    },
  },
  {
    id: 'archive-queue',
    area: 'archiving',
    about: 'few segments wait for the archiver, none for long: it may hang without failing',
    judge: (see) => {
      const { ready, oldestSec } = see('queue');
      if (ready === 0) return ok('none');
      const saw = `${count(ready, 'file')}, the oldest for ${span(oldestSec)}`;
      const fix = `${agentCommand(see('given'))}  # or see the log of the one that runs`;
      if (ready > READY_FAIL || oldestSec > WAITING_FAIL_SEC) return fail(saw, fix);
      if (ready > READY_WARN || oldestSec > WAITING_WARN_SEC) return warn(saw, fix);
      return ok(saw);
    },
  },
  {
    id: 'recoverable-point',
    area: 'archiving',
    about: 'the store alone could bring back nearly all that is committed',
    judge: (see) => {
      const position = see('position');
      const timeline = see('writer')?.timeline ?? FIRST_TIMELINE;
      const point = recoverablePoint(see('windows'), timeline, see('now'));
      if (point === undefined) {
        return fail('nothing can be recovered', backupCommand(see('given')));
      }
      const lag = Math.max(0, Number(position - point.lsn));
      const segments = lag / see('server').segmentBytes;
      const saw = `${bytes(lag)} behind the server, last commit ${span(point.ageSec)} ago`;
      const fix = `${agentCommand(see('given'))}  # or see the log of the one that runs`;
      if (segments > LAG_FAIL_SEGMENTS) return fail(saw, fix);
      return segments > LAG_OK_SEGMENTS ? warn(saw, fix) : ok(saw);
    },
  },
];
